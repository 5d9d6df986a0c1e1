package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.posthaste.k8s.Guide;
import io.posthaste.provider.rabbitmq.RabbitNode;
import io.posthaste.rest.Client;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document of the Kubernetes guide, as it stands there, with its broker there and away. */
final class TopologyBrokerIT {
  private static final Duration BACK = Duration.ofSeconds(30);

  @TempDir Path folder;

  private RabbitNode broker;
  private Path file;

  @BeforeEach
  void start() throws IOException {
    file = Files.writeString(folder.resolve("topology.yaml"), Guide.read().topology());
    broker =
        RabbitNode.prepare(
            "topology", Path.of("target/rabbit-topology"), RabbitNode.Cluster.fresh());
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private ServiceProcess startService() {
    return ServiceProcess.startIn(
        folder.resolve("data"),
        Map.of("POSTHASTE_TOPOLOGY_FILE", file.toString(), "POSTHASTE_RABBITMQ_URL", broker.url()));
  }

  @Test
  void document_is_applied_as_far_as_it_goes_and_the_rest_when_the_broker_is_back()
      throws Exception {
    try (var service = startService().awaitReady()) {
      Client client = new Client(service.uri("/"));
      assertThat(client.get("/v1/queues/reports").at("lease")).isEqualTo("PT5M");
      assertThat(client.get("/v1/schedules/nightly-report").at("exclude/0")).isEqualTo("holidays");
      assertThat(client.get("/v1/queues/orders").status()).isEqualTo(404);
      assertThat(service.output())
          .contains(
              "Topology applied changes=3 unchanged=0 declared=0 waiting=3",
              "Topology waits for a broker: 'queues.orders': ");
      client.put("/v1/queues/reports", "{\"lease\":\"PT7M\"}");

      broker.restart();

      Awaitility.await().atMost(BACK).until(() -> service.output().contains(" waiting=0"));
      assertOrdersArrive(client);
      assertThat(client.get("/v1/queues/reports").at("lease")).isEqualTo("PT7M");
      assertThat(client.put("/v1/topology", "{\"exchanges\":{}}").status()).isEqualTo(200);
      assertThat(client.put("/v1/topology", "{\"exchanges\":{\"x\":{}}}").status()).isEqualTo(503);
    }

    try (var service = startService().awaitReady()) {
      // The lease that was changed over REST is the document's again
      assertThat(service.output())
          .contains("Topology applied changes=1 unchanged=4 declared=1 waiting=0");
    }
  }

  private void assertOrdersArrive(Client client) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(broker.url());
    try (Connection connection = factory.newConnection();
        Channel amqp = connection.createChannel()) {
      amqp.basicPublish("shop", "order.new", null, "1".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(
            client
                .post("/v1/queues/orders/receive", "{\"wait\":\"PT10S\"}")
                .json()
                .get("deliveries"))
        .hasSize(1);
  }
}
