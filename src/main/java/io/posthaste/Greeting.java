package io.posthaste;

import io.posthaste.database.DatabaseUrl;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/** Tells the operator, once the service listens, where it is and what to try first. */
@Singleton
final class Greeting implements QuarkusApplication {

  private final HttpServer server;

  Greeting(HttpServer server) {
    this.server = server;
  }

  @Override
  public int run(String... args) {
    StartSettings settings = StartSettings.from(ConfigProvider.getConfig());
    // After a reload in dev mode the server does not know its port
    int port = server.getPort() > 0 ? server.getPort() : settings.httpPort();
    System.out.println(text(settings, port, System.getProperty(Posthaste.EMBEDDED_IN)));
    Quarkus.waitForExit();
    return 0;
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
