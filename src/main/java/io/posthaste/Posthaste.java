package io.posthaste;

import io.posthaste.database.CannotStart;
import io.posthaste.database.EmbeddedServer;
import io.quarkus.runtime.ImageMode;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Starts the service: the embedded database first unless another is named, then everything else.
 */
@QuarkusMain
public final class Posthaste {

  /** Where the data of the embedded server lie; absent with any other. */
  static final String EMBEDDED_IN = "posthaste.embedded-in";

  private static final String DATABASE_URL = "posthaste.database-url";

  Posthaste() {}

  public static void main(String... args) {
    leaveAddressesToUs();
    try {
      Config config = ConfigProvider.getConfig();
      StartSettings.blanks(config).forEach(System::setProperty);
      StartSettings settings = StartSettings.from(config);
      // A reload in dev mode keeps both; its first start still says normal
      if (LaunchMode.current() == LaunchMode.NORMAL) {
        requireFree(settings);
        StopSignals.install();
      }
      if (settings.database().isPresent()) {
        Quarkus.run(Greeting.class, args);
      } else {
        runWithEmbeddedServer(settings, args);
      }
    } catch (CannotStart e) {
      StopSignals.awaitEndIfAsked();
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /** Quarkus would refuse one that is no URI without a body; rest.UnroutedRequests says why. */
  private static void leaveAddressesToUs() {
    System.setProperty("vertx.disableURIValidation", "true");
  }

  /** Says so in good time: without this, a database would be started first, and stopped again. */
  private static void requireFree(StartSettings settings) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(settings.address());
    } catch (BindException e) {
      throw new CannotStart(
          hasAddress(settings)
              ? "Posthaste cannot listen on %s port %d (%s): stop the program that does, or set POSTHASTE_HTTP_PORT to another port."
                  .formatted(settings.httpHost(), settings.httpPort(), e.getMessage())
              : "POSTHASTE_HTTP_HOST is \"%s\" (%s): set it to an address of this machine."
                  .formatted(settings.httpHost(), e.getMessage()),
          e);
    } catch (IOException e) {
      throw new CannotStart(
          "Posthaste cannot listen on %s: %s.".formatted(settings.httpHost(), e.getMessage()), e);
    }
  }

  /** Whether this machine could listen there, on some port. */
  private static boolean hasAddress(StartSettings settings) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(settings.address().getAddress(), 0));
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static void runWithEmbeddedServer(StartSettings settings, String... args) {
    if (ImageMode.current().isNativeImage()) {
      throw new CannotStart(
          "The native Posthaste has no database of its own: set POSTHASTE_DATABASE_URL to a PostgreSQL, such as postgresql://user:password@host:5432/db.");
    }
    EmbeddedServer server = EmbeddedServer.in(settings.dataFolder());
    // Only the end of the process stops it, so that in dev mode it outlives reloads, which find it
    // by these properties
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "embedded-postgresql-stop"));
    StopSignals.runsOn(server);
    System.setProperty(DATABASE_URL, server.start().url());
    System.setProperty(EMBEDDED_IN, settings.dataFolder().toAbsolutePath().normalize().toString());
    Quarkus.run(Greeting.class, args);
  }
}
