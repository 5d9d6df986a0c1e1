package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.CannotStart;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.util.Map;
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
  @ValueSource(strings = {"abc", "90 days", "P", "-P1D"})
  void duration_that_is_none_is_refused(String duration) {
    assertThatThrownBy(() -> settings(Map.of("posthaste.dead-letters.retention", duration)))
        .isInstanceOf(CannotStart.class)
        .hasMessage(
            "POSTHASTE_DEAD_LETTERS_RETENTION is \"%s\": set it to a duration such as P90D or PT0.2S.",
            duration);
    assertThatThrownBy(() -> settings(Map.of("posthaste.stop-delay", duration)))
        .isInstanceOf(CannotStart.class)
        .hasMessageStartingWith("POSTHASTE_STOP_DELAY");
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

  private static String greeting(String host) {
    return Greeting.text(settings(Map.of("posthaste.http-host", host)), 8081, "/srv");
  }

  private static StartSettings settings(Map<String, String> properties) {
    return StartSettings.from(
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(properties, "test", 100))
            .build());
  }
}
