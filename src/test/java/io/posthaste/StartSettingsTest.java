package io.posthaste;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.CannotStart;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StartSettingsTest {

  @Test
  void nothing_need_be_set() {
    StartSettings settings = settings(Map.of());

    assertThat(settings.httpHost()).isEqualTo("127.0.0.1");
    assertThat(settings.httpPort()).isEqualTo(8080);
    assertThat(settings.dataFolder()).isEqualTo(Path.of("data"));
    assertThat(settings.database()).isEmpty();
    assertThat(settings.redis()).isEmpty();
  }

  @Test
  void everything_can_be_set() {
    StartSettings settings =
        settings(
            Map.of(
                "posthaste.http-host", "0.0.0.0",
                "posthaste.http-port", "9090",
                "posthaste.data-dir", "/srv/posthaste",
                "posthaste.database-url", "postgresql://ann:secret@host/db",
                "posthaste.redis-url", "redis://ann:secret@cache/1"));

    assertThat(settings.httpHost()).isEqualTo("0.0.0.0");
    assertThat(settings.httpPort()).isEqualTo(9090);
    assertThat(settings.dataFolder()).isEqualTo(Path.of("/srv/posthaste"));
    assertThat(settings.database()).hasToString("Optional[postgresql://ann@host:5432/db]");
    assertThat(settings.redis()).hasToString("Optional[cache]");
  }

  @Test
  void redis_that_is_none_is_refused_without_its_secret() {
    assertThatThrownBy(() -> settings(Map.of("posthaste.redis-url", "redis://u:secret@a,b")))
        .isInstanceOf(CannotStart.class)
        .hasMessageStartingWith("POSTHASTE_REDIS_URL cannot be used: several hosts")
        .message()
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "-1", "65536", "80 80"})
  void port_that_is_none_is_refused(String port) {
    assertThatThrownBy(() -> settings(Map.of("posthaste.http-port", port)))
        .isInstanceOf(CannotStart.class)
        .hasMessage("POSTHASTE_HTTP_PORT is \"%s\": set it to a number from 0 to 65535.", port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"many", "0", "65536"})
  void prefetch_that_is_none_is_refused(String prefetch) {
    assertThatThrownBy(() -> settings(Map.of("posthaste.intake.prefetch", prefetch)))
        .isInstanceOf(CannotStart.class)
        .hasMessage(
            "POSTHASTE_INTAKE_PREFETCH is \"%s\": set it to a number from 1 to 65535.", prefetch);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"broker", "amqp://u:secret@", "amqps://u:secret@broker?cacertfile=/none/ca.pem"})
  void rabbitmq_url_that_cannot_be_used_is_refused(String url) {
    assertThatThrownBy(() -> settings(Map.of("posthaste.rabbitmq.url", url)))
        .isInstanceOf(CannotStart.class)
        .hasMessageStartingWith("POSTHASTE_RABBITMQ_URL: The ")
        .hasMessageEndingWith(".")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "90 days", "P", "-P1D", "90", "15s"})
  void duration_that_is_none_is_refused(String duration) {
    assertThat(documented("P")).hasSize(4);
    documented("P")
        .forEach(
            (property, variable) ->
                assertThatThrownBy(() -> settings(Map.of(property, duration)))
                    .as(property)
                    .isInstanceOf(CannotStart.class)
                    .hasMessage(
                        "%s is \"%s\": set it to a duration such as P90D or PT0.2S.",
                        variable, duration));
  }

  @ParameterizedTest
  @ValueSource(strings = {"maybe", "1", "yes"})
  void switch_that_is_neither_on_nor_off_is_refused(String value) {
    assertThat(documented("false")).hasSize(2);
    documented("false")
        .forEach(
            (property, variable) ->
                assertThatThrownBy(() -> settings(Map.of(property, value)))
                    .as(property)
                    .isInstanceOf(CannotStart.class)
                    .hasMessage("%s is \"%s\": set it to true or false.", variable, value));
  }

  @Test
  void empty_value_means_the_default() {
    documented("")
        .forEach(
            (property, _) -> {
              Config config = config(Map.of(property, " "));
              assertThat(StartSettings.from(config)).isEqualTo(settings(Map.of()));
              Optional<String> byDefault = defaultOf(property);
              assertThat(StartSettings.blanks(config))
                  .isEqualTo(byDefault.map(it -> Map.of(property, it)).orElse(Map.of()));
            });
  }

  @Test
  void topology_file_that_cannot_be_read_is_refused() {
    assertThatThrownBy(() -> settings(Map.of("posthaste.topology-file", "/none/t.yaml")))
        .isInstanceOf(CannotStart.class)
        .hasMessage(
            "POSTHASTE_TOPOLOGY_FILE: cannot read /none/t.yaml: set it to a file that this user can read.");
  }

  // | `POSTHASTE_STOP_DELAY` | `posthaste.stop-delay` | `PT0.2S` | …
  private static final Pattern ROW =
      Pattern.compile("\\| `(POSTHASTE_\\w+)` \\| `([a-z.-]+)` \\| (?:`([^`]*)`|none.*?) \\|.*");

  private static Stream<MatchResult> rows() {
    try {
      return Files.readAllLines(Path.of("docs/configuration.md")).stream()
          .map(ROW::matcher)
          .filter(Matcher::matches)
          .map(Matcher::toMatchResult);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Variables by property: those in the documentation whose default begins so. */
  private static Map<String, String> documented(String byDefault) {
    return rows()
        .filter(row -> String.valueOf(row.group(3)).startsWith(byDefault))
        .collect(toMap(row -> row.group(2), row -> row.group(1)));
  }

  private static Optional<String> defaultOf(String property) {
    return rows().filter(row -> row.group(2).equals(property)).findFirst().map(row -> row.group(3));
  }

  @Test
  void folder_that_is_no_path_is_refused() {
    assertThatThrownBy(() -> settings(Map.of("posthaste.data-dir", "a\0b")))
        .isInstanceOf(CannotStart.class)
        .hasMessageStartingWith("POSTHASTE_DATA_DIR");
  }

  @Test
  void unknown_host_is_refused() {
    StartSettings settings = settings(Map.of("posthaste.http-host", "not a host"));

    assertThatThrownBy(settings::address)
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("not a host");
  }

  @Test
  void greeting_can_be_copied_whatever_the_host() {
    assertThat(greeting("0.0.0.0")).contains("curl -X PUT http://localhost:8081/v1/queues/hello");
    assertThat(greeting("::1")).contains("http://[::1]:8081/");
    assertThat(greeting("10.0.0.1")).contains("http://10.0.0.1:8081/").contains("Data lie in /srv");
  }

  @Test
  void management_without_a_broker_is_said_to_have_no_effect() {
    Map<String, String> on = Map.of("posthaste.management-enabled", "true");

    assertThat(Greeting.without(config(on)))
        .hasValueSatisfying(it -> assertThat(it).contains("POSTHASTE_RABBITMQ_URL"));
    assertThat(Greeting.without(config(Map.of()))).isEmpty();
  }

  private static String greeting(String host) {
    return Greeting.text(settings(Map.of("posthaste.http-host", host)), 8081, "/srv");
  }

  private static StartSettings settings(Map<String, String> properties) {
    return StartSettings.from(config(properties));
  }

  private static Config config(Map<String, String> properties) {
    return new SmallRyeConfigBuilder()
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .build();
  }
}
