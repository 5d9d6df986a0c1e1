package io.posthaste;

import io.posthaste.database.CannotStart;
import io.posthaste.database.DatabaseUrl;
import io.posthaste.provider.rabbitmq.RabbitUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/** What the operator decides before anything runs. */
record StartSettings(
    String httpHost, int httpPort, Path dataFolder, Optional<DatabaseUrl> database) {

  /**
   * Reads the settings.
   *
   * @throws CannotStart at the first that cannot be used
   */
  static StartSettings from(Config config) {
    text(config, "posthaste.rabbitmq.url").ifPresent(StartSettings::requireRabbitUrl);
    return new StartSettings(
        text(config, "posthaste.http-host").orElse("127.0.0.1"),
        text(config, "posthaste.http-port").map(StartSettings::port).orElse(8080),
        text(config, "posthaste.data-dir").map(StartSettings::folder).orElse(Path.of("data")),
        text(config, "posthaste.database-url").map(StartSettings::database));
  }

  private static Optional<String> text(Config config, String name) {
    return config
        .getOptionalValue(name, String.class)
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException _) {
      // Said below, as for numbers that are no ports
    }
    throw new CannotStart(
        "POSTHASTE_HTTP_PORT is \"%s\": set it to a number from 0 to 65535.".formatted(text));
  }

  private static Path folder(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException _) {
      throw new CannotStart("POSTHASTE_DATA_DIR is not a path: set it to a folder.");
    }
  }

  private static DatabaseUrl database(String text) {
    try {
      return DatabaseUrl.parse(text);
    } catch (IllegalArgumentException e) {
      throw new CannotStart("POSTHASTE_DATABASE_URL: " + e.getMessage());
    }
  }

  // The provider reads it itself, and would be asked too late to say so in a sentence
  private static void requireRabbitUrl(String text) {
    try {
      RabbitUrl.parse(text).requireCertificates();
    } catch (IllegalArgumentException e) {
      throw new CannotStart("POSTHASTE_RABBITMQ_URL: " + e.getMessage());
    }
  }

  /**
   * Where to listen.
   *
   * @throws CannotStart if the host is unknown
   */
  InetSocketAddress address() {
    try {
      return new InetSocketAddress(InetAddress.getByName(httpHost), httpPort);
    } catch (UnknownHostException _) {
      throw new CannotStart(
          "POSTHASTE_HTTP_HOST is \"%s\", which this machine does not know: set it to an address of this machine."
              .formatted(httpHost));
    }
  }
}
