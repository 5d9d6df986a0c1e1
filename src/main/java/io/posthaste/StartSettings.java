package io.posthaste;

import static java.util.stream.Collectors.toMap;

import io.posthaste.broker.RabbitUrl;
import io.posthaste.database.CannotStart;
import io.posthaste.database.DatabaseUrl;
import io.posthaste.provider.redis.RedisUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/** What the operator decides before anything runs. */
record StartSettings(
    String httpHost,
    int httpPort,
    Path dataFolder,
    Optional<DatabaseUrl> database,
    Optional<RedisUrl> redis) {

  /** Those with a default, which an empty value means as well. */
  private static final List<Setting> SETTINGS =
      List.of(
          new Setting("posthaste.http-host", "127.0.0.1", Kind.TEXT),
          new Setting("posthaste.http-port", "8080", Kind.TEXT),
          new Setting("posthaste.data-dir", "data", Kind.TEXT),
          new Setting("posthaste.intake.prefetch", "256", Kind.TEXT),
          new Setting("posthaste.management-enabled", "false", Kind.SWITCH),
          new Setting("posthaste.log-json", "false", Kind.SWITCH),
          new Setting("posthaste.rabbitmq.consumer-timeout", "PT30M", Kind.DURATION),
          new Setting("posthaste.dead-letters.retention", "P90D", Kind.DURATION),
          new Setting("posthaste.schedules.history-retention", "P30D", Kind.DURATION),
          new Setting("posthaste.stop-delay", "PT0.2S", Kind.DURATION));

  private enum Kind {
    TEXT,
    SWITCH,
    DURATION
  }

  private record Setting(String name, String byDefault, Kind kind) {
    boolean isBlank(Config config) {
      String raw = config.getConfigValue(name).getRawValue();
      return raw != null && raw.isBlank();
    }

    String variable() {
      return name.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }

    /** Others read it later, who would end the start with a stack trace, or guess. */
    void require(String text) {
      switch (kind) {
        case TEXT -> {}
        case SWITCH -> requireSwitch(variable(), text);
        case DURATION -> requireDuration(variable(), text);
      }
    }
  }

  /**
   * The defaults of those that are set to nothing, as an environment may hold them. Others would
   * take that for a value.
   */
  static Map<String, String> blanks(Config config) {
    return SETTINGS.stream()
        .filter(it -> it.isBlank(config))
        .collect(toMap(Setting::name, Setting::byDefault));
  }

  /**
   * Reads the settings.
   *
   * @throws CannotStart at the first that cannot be used
   */
  static StartSettings from(Config config) {
    text(config, "posthaste.rabbitmq.url").ifPresent(StartSettings::requireRabbitUrl);
    text(config, "posthaste.intake.prefetch").ifPresent(StartSettings::requirePrefetch);
    SETTINGS.forEach(it -> text(config, it.name()).ifPresent(it::require));
    text(config, "posthaste.topology-file").ifPresent(StartSettings::requireReadable);
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

  // Quarkus would take a number alone for seconds, which nobody means who writes 90
  private static void requireDuration(String variable, String text) {
    try {
      if (!Duration.parse(text).isNegative()) {
        return;
      }
    } catch (DateTimeParseException _) {
      // Said below, as for those that are negative
    }
    throw new CannotStart(
        "%s is \"%s\": set it to a duration such as P90D or PT0.2S.".formatted(variable, text));
  }

  // Quarkus would take everything that it does not know for "false"
  private static void requireSwitch(String variable, String text) {
    if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
      throw new CannotStart("%s is \"%s\": set it to true or false.".formatted(variable, text));
    }
  }

  private static void requireReadable(String text) {
    Path file = path("POSTHASTE_TOPOLOGY_FILE", "a file", text);
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new CannotStart(
          "POSTHASTE_TOPOLOGY_FILE: cannot read %s: set it to a file that this user can read."
              .formatted(file.toAbsolutePath()));
    }
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
    return path("POSTHASTE_DATA_DIR", "a folder", text);
  }

  private static Path path(String variable, String what, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException _) {
      throw new CannotStart("%s is not a path: set it to %s.".formatted(variable, what));
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
