package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** Consumers of kind amqp where there is no RabbitMQ. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class ConsumersOffTest {
  @TestHTTPResource("/")
  URI base;

  @Test
  void says_what_turns_them_on() {
    Client client = new Client(base);
    String path = "/v1/queues/" + client.queue() + "/consumers/out";

    Client.Answer answer = client.put(path, "{\"kind\":\"amqp\",\"exchange\":\"orders\"}");

    assertProblem(answer, ProblemType.PROVIDER_DISABLED);
    assertThat(answer.at("detail")).contains("POSTHASTE_RABBITMQ_URL");
    assertProblem(client.get(path), ProblemType.CONSUMER_NOT_FOUND);
    assertProblem(
        client.put(
            "/v1/topology",
            "{\"queues\":{\"off\":{\"consumers\":{\"out\":{\"kind\":\"amqp\",\"exchange\":\"e\"}}}}}"),
        ProblemType.PROVIDER_DISABLED);
  }
}
