package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
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
  void list_says_what_postgres_can_do() {
    assertThat(client.get("/v1/providers").text())
        .contains(
            "{\"name\":\"postgres\",\"enabled\":true,\"reachable\":true,"
                + "\"capabilities\":[\"durable-leases\",\"groups\",\"peek\",\"priority\",\"reschedule\"]}");
  }

  @Test
  void list_says_how_to_turn_a_provider_on() {
    assertThat(client.get("/v1/providers").text())
        .contains(
            "{\"name\":\"redis\",\"enabled\":false,\"reachable\":false,"
                + "\"setting\":\"POSTHASTE_REDIS_URL\","
                + "\"capabilities\":[\"durable-leases\",\"groups\",\"peek\",\"reschedule\"]}");
  }

  @Test
  void queue_of_a_provider_that_is_off_is_refused_with_the_setting_that_turns_it_on() {
    var answer = client.put("/v1/queues/off", "{\"provider\":\"redis\"}");

    ProblemAssert.assertProblem(answer, ProblemType.PROVIDER_DISABLED);
    assertThat(answer.json().path("detail").asText()).contains("POSTHASTE_REDIS_URL");
    assertThat(answer.header("Retry-After")).isNotEmpty();
  }
}
