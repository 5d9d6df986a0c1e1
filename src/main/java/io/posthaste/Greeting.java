package io.posthaste;

import io.posthaste.database.DatabaseUrl;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Tells the operator, once the service listens, where it is and what to try first. */
@Singleton
final class Greeting implements QuarkusApplication {

  private static final Logger LOG = Logger.getLogger(Greeting.class);

  private final HttpServer server;

  Greeting(HttpServer server) {
    this.server = server;
  }

  @Override
  public int run(String... args) {
    StopSignals.applicationRuns();
    Config config = ConfigProvider.getConfig();
    StartSettings settings = StartSettings.from(config);
    without(config).ifPresent(LOG::warn);
    // After a reload in dev mode the server does not know its port
    int port = server.getPort() > 0 ? server.getPort() : settings.httpPort();
    // By rest.TopologyFile, which has said why
    if (!Boolean.getBoolean("posthaste.start-refused")) {
      System.out.println(text(settings, port, System.getProperty(Posthaste.EMBEDDED_IN)));
    }
    Quarkus.waitForExit();
    return 0;
  }

  /** What is turned on in vain. */
  static Optional<String> without(Config config) {
    boolean managed =
        config.getOptionalValue("posthaste.management-enabled", Boolean.class).orElse(false);
    boolean broker =
        config
            .getOptionalValue("posthaste.rabbitmq.url", String.class)
            .filter(url -> !url.isBlank())
            .isPresent();
    return managed && !broker
        ? Optional.of(
            "POSTHASTE_MANAGEMENT_ENABLED has no effect without POSTHASTE_RABBITMQ_URL: there is no RabbitMQ to manage.")
        : Optional.empty();
  }

  static String text(StartSettings settings, int port, @Nullable String embeddedIn) {
    String address = "http://%s:%d".formatted(reachable(settings.httpHost()), port);
    return """

        Posthaste listens on %1$s
        Data lie in %2$s

        Create a queue, send a first message, and receive it:
          curl -X PUT %1$s/v1/queues/hello -H 'Content-Type: application/json' -d '{}'
          curl %1$s/v1/queues/hello/messages -H 'Content-Type: application/json' -d '{"payload":{"hello":"world"}}'
          curl -X POST %1$s/v1/queues/hello/receive
        """
        .formatted(address, whereDataLie(settings, embeddedIn));
  }

  /** "All interfaces" is an address to listen on, not one to call. */
  private static String reachable(String host) {
    return switch (host) {
      case "0.0.0.0", "::", "[::]" -> "localhost";
      case String h when h.contains(":") && !h.startsWith("[") -> "[" + h + "]";
      default -> host;
    };
  }

  private static String whereDataLie(StartSettings settings, @Nullable String embeddedIn) {
    return embeddedIn == null
        ? settings.database().map(DatabaseUrl::toString).orElse("the configured database")
        : embeddedIn;
  }
}
