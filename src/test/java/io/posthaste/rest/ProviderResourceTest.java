package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.List;
import org.awaitility.Awaitility;
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
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/providers").text())
                    .contains(
                        "{\"name\":\"postgres\",\"enabled\":true,\"reachable\":true,"
                            + "\"capabilities\":[\"durable-leases\",\"exact-removal\",\"groups\",\"peek\",\"peek-delayed\",\"priority\",\"reschedule\"]}"));
  }

  @Test
  void list_says_how_to_turn_a_provider_on() {
    assertThat(client.get("/v1/providers").text())
        .contains(
            "{\"name\":\"redis\",\"enabled\":false,\"reachable\":false,"
                + "\"setting\":\"POSTHASTE_REDIS_URL\","
                + "\"capabilities\":[\"durable-leases\",\"exact-removal\",\"groups\",\"peek\",\"peek-delayed\",\"reschedule\"]}");
  }

  @Test
  void queue_of_a_provider_that_is_off_is_refused_with_the_setting_that_turns_it_on() {
    var answer = client.put("/v1/queues/off", "{\"provider\":\"redis\"}");

    ProblemAssert.assertProblem(answer, ProblemType.PROVIDER_DISABLED);
    assertThat(answer.json().path("detail").asText()).contains("POSTHASTE_REDIS_URL");
    assertThat(answer.header("Retry-After")).isNotEmpty();
  }

  @Test
  void queue_stays_with_its_provider_also_where_the_other_one_is_off() {
    String queue = client.queue();

    assertProblem(
            client.put("/v1/queues/" + queue, "{\"provider\":\"redis\"}"),
            ProblemType.PROVIDER_FIXED)
        .names("queue", queue)
        .names("field", "provider");
    assertProblem(
        client.put("/v1/queues/" + queue, "{\"provider\":\"kafka\"}"),
        ProblemType.UNKNOWN_PROVIDER);
  }
}
