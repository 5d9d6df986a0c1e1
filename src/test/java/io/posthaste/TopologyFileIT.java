package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.rest.Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The topology document that is applied at start. */
final class TopologyFileIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  private ServiceProcess startWith(String name, String document) throws IOException {
    Path file = Files.writeString(folder.resolve(name), document);
    return ServiceProcess.startIn(
        folder.resolve("data"), Map.of("POSTHASTE_TOPOLOGY_FILE", file.toString()));
  }

  @Test
  void service_is_ready_once_the_document_is_applied_and_a_second_start_changes_nothing()
      throws IOException {
    String yaml = "queues:\n  orders: { maxAttempts: 7 }\n";
    try (var service = startWith("topology.yaml", yaml).awaitReady()) {
      Client client = new Client(service.uri("/"));
      assertThat(client.get("/v1/queues/orders").at("maxAttempts")).isEqualTo("7");
      assertThat(service.output()).contains("Topology applied changes=1 unchanged=0");
    }

    String json = "{\"queues\":{\"orders\":{\"maxAttempts\":7}}}";
    try (var service = startWith("topology.json", json).awaitReady()) {
      assertThat(service.output()).contains("Topology applied changes=0 unchanged=1");
    }
  }

  @Test
  void document_that_is_not_valid_ends_the_start() throws IOException {
    try (var service = startWith("topology.yaml", "queues:\n  orders: { leas: PT1M }\n")) {
      assertThat(service.exitCode(SOON)).isEqualTo(1);
      assertThat(service.output())
          .contains("POSTHASTE_TOPOLOGY_FILE: 'queues.orders.leas' is not a known field")
          .doesNotContain("Posthaste listens on", "\tat ");
    }
  }

  @Test
  void document_that_needs_what_is_turned_off_ends_the_start() throws IOException {
    try (var service = startWith("topology.yaml", "exchanges:\n  shop:\n")) {
      assertThat(service.exitCode(SOON)).isEqualTo(1);
      assertThat(service.output())
          .contains(
              "POSTHASTE_TOPOLOGY_FILE: 'exchanges.shop': The provider 'rabbitmq' is turned off")
          .contains("POSTHASTE_RABBITMQ_URL")
          .doesNotContain("\tat ");
    }
  }
}
