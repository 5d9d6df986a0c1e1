package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The brokers that a laptop runs by {@code src/main/docker/compose.yaml}. */
final class ComposeTest {
  private static final Map<String, Set<String>> FIELDS =
      Map.of(
          "postgres", Set.of("image", "environment", "command", "ports", "volumes", "healthcheck"),
          "rabbitmq", Set.of("image", "hostname", "environment", "ports", "volumes", "healthcheck"),
          "redis", Set.of("image", "command", "ports", "volumes", "healthcheck"));

  private final JsonObject document =
      Yaml.documents(Path.of("src/main/docker/compose.yaml")).getFirst().getAsJsonObject();
  private final JsonObject services = document.getAsJsonObject("services");

  @Test
  void each_broker_is_there_with_the_fields_that_compose_knows() {
    assertThat(document.keySet()).containsExactlyInAnyOrder("name", "services", "volumes");
    assertThat(services.keySet()).isEqualTo(FIELDS.keySet());
    FIELDS.forEach(
        (name, fields) -> assertThat(services.getAsJsonObject(name).keySet()).isEqualTo(fields));
  }

  @Test
  void images_are_pinned_and_ports_on_loopback() {
    for (String name : services.keySet()) {
      JsonObject service = services.getAsJsonObject(name);
      assertThat(service.get("image").getAsString())
          .matches("docker\\.io/library/[a-z]+:\\d+\\.\\d.*");
      service
          .getAsJsonArray("ports")
          .forEach(port -> assertThat(port.getAsString()).startsWith("127.0.0.1:"));
    }
  }

  @Test
  void what_is_stored_outlives_its_container() {
    for (String name : services.keySet()) {
      assertThat(services.getAsJsonObject(name).getAsJsonArray("volumes").get(0).getAsString())
          .startsWith(name + ":/");
      assertThat(document.getAsJsonObject("volumes").keySet()).contains(name);
    }
    assertThat(services.getAsJsonObject("redis").get("command").toString())
        .contains("\"--appendfsync\",\"always\"");
  }
}
