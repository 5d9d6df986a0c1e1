package io.posthaste;

import io.posthaste.broker.RabbitUrl;
import io.posthaste.database.CannotStart;
import io.posthaste.database.DatabaseUrl;
import io.posthaste.provider.redis.RedisUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/** What the operator decides before anything runs. */
record StartSettings(
    String httpHost,
    int httpPort,
    Path dataFolder,
    Optional<DatabaseUrl> database,
    Optional<RedisUrl> redis) {

  /** Read by others later, who would end the start with a stack trace. */
  private static final Map<String, String> DURATIONS =
      Map.of(
          "posthaste.dead-letters.retention", "POSTHASTE_DEAD_LETTERS_RETENTION",
          "posthaste.stop-delay", "POSTHASTE_STOP_DELAY");

  /**
   * Reads the settings.
   *
   * @throws CannotStart at the first that cannot be used
   */
  static StartSettings from(Config config) {
    text(config, "posthaste.rabbitmq.url").ifPresent(StartSettings::requireRabbitUrl);
    text(config, "posthaste.intake.prefetch").ifPresent(StartSettings::requirePrefetch);
    DURATIONS.forEach((name, variable) -> requireDuration(config, name, variable));
    return new StartSettings(
        text(config, "posthaste.http-host").orElse("127.0.0.1"),
        text(config, "posthaste.http-port").map(StartSettings::port).orElse(8080),
        text(config, "posthaste.data-dir").map(StartSettings::folder).orElse(Path.of("data")),
        text(config, "posthaste.database-url").map(StartSettings::database),
        text(config, "posthaste.redis-url").map(StartSettings::redis));
  }

  private static RedisUrl redis(String text) {
    try {
      RedisUrl url = RedisUrl.parse(text);
      url.requireCertificates();
      return url;
    } catch (IllegalArgumentException e) {
      throw new CannotStart("POSTHASTE_REDIS_URL cannot be used: " + e.getMessage());
    }
  }

  private static Optional<String> text(Config config, String name) {
    return config
        .getOptionalValue(name, String.class)
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  private static void requireDuration(Config config, String name, String variable) {
    Optional<String> text = text(config, name);
    try {
      if (text.isEmpty()
          || !config.getOptionalValue(name, Duration.class).orElseThrow().isNegative()) {
        return;
      }
    } catch (IllegalArgumentException | DateTimeException | NoSuchElementException _) {
      // Said below, as for those that are negative
    }
    throw new CannotStart(
        "%s is \"%s\": set it to a duration such as P90D or PT0.2S."
            .formatted(variable, text.get()));
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

  // The broker takes no greater number, and 0 would be no bound
  private static void requirePrefetch(String text) {
    try {
      int prefetch = Integer.parseInt(text);
      if (prefetch >= 1 && prefetch <= 65535) {
        return;
      }
    } catch (NumberFormatException _) {
      // Said below, as for numbers that are too great
    }
    throw new CannotStart(
        "POSTHASTE_INTAKE_PREFETCH is \"%s\": set it to a number from 1 to 65535.".formatted(text));
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
