package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class ProviderResourceTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @Test
  void what_is_turned_off_says_by_which_setting_it_is_turned_on() {
    for (Client.Answer answer :
        List.of(
            client.put("/v1/queues/off", "{\"provider\":\"rabbitmq\"}"),
            client.get("/v1/rabbitmq/queues/any"),
            client.post("/v1/rabbitmq/messages", "{\"payload\":1}"))) {
      assertProblem(answer, ProblemType.PROVIDER_DISABLED);
      assertThat(answer.header("Retry-After")).isNotEmpty();
    }
    assertThat(client.put("/v1/queues/off", "{\"provider\":\"rabbitmq\"}").at("detail"))
        .contains("POSTHASTE_RABBITMQ_URL");
    assertThat(client.get("/v1/rabbitmq/queues/any").at("detail"))
        .contains("POSTHASTE_MANAGEMENT_ENABLED");
  }

  @Test
  void list_says_what_postgres_can_do() {
    assertThat(client.get("/v1/providers").text())
        .isEqualTo(
            "{\"items\":[{\"name\":\"postgres\",\"enabled\":true,\"reachable\":true,"
                + "\"capabilities\":[\"durable-leases\",\"exact-removal\",\"groups\",\"peek\",\"peek-delayed\",\"priority\",\"reschedule\"]},"
                + "{\"name\":\"rabbitmq\",\"enabled\":false,\"reachable\":false,\"setting\":\"POSTHASTE_RABBITMQ_URL\","
                + "\"capabilities\":[\"peek-delayed\",\"reschedule\"]}]}");
  }
}
