package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.provider.rabbitmq.RabbitForTests;
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
@WithTestResource(RabbitForTests.class)
final class BrokerResourceTest {
  private static final String QUEUES = "/v1/rabbitmq/queues";

  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
    // The connection for operators is made when the first of them asks
    Awaitility.await().until(() -> client.get(QUEUES + "/none").status() == 404);
  }

  @Test
  void queue_is_declared_filled_counted_and_purged() {
    String name = "broker-" + System.nanoTime();
    assertThat(
            client
                .post(
                    QUEUES,
                    "{\"name\":\"%s\",\"durable\":false,\"autoDelete\":true,\"arguments\":{\"x-max-length\":9}}"
                        .formatted(name))
                .text())
        .isEqualTo("{\"name\":\"%s\",\"messages\":0,\"consumers\":0}".formatted(name));

    assertThat(
            client
                .post(
                    "/v1/rabbitmq/messages",
                    "{\"routingKey\":\"%s\",\"payload\":{\"a\":1.10}}".formatted(name))
                .text())
        .isEqualTo("{\"routed\":true,\"confirmed\":true}");

    assertThat(client.get(QUEUES + "/" + name).at("messages")).isEqualTo("1");
    assertThat(client.post(QUEUES + "/" + name + "/purge", "").text()).isEqualTo("{\"purged\":1}");
    assertThat(client.get(QUEUES + "/" + name).at("messages")).isEqualTo("0");
  }

  @Test
  void message_goes_where_its_binding_says_and_else_nowhere() {
    String name = "bound-" + System.nanoTime();
    client.post(QUEUES, "{\"name\":\"%s\"}".formatted(name));
    client.post("/v1/rabbitmq/exchanges", "{\"name\":\"%s\",\"type\":\"topic\"}".formatted(name));
    String binding =
        "{\"exchange\":\"%s\",\"queue\":\"%s\",\"routingKey\":\"a.#\"}".formatted(name, name);
    assertThat(client.post("/v1/rabbitmq/bindings", binding).status()).isEqualTo(201);
    String message = "{\"exchange\":\"%s\",\"routingKey\":\"a.b\",\"payload\":1}".formatted(name);

    assertThat(client.post("/v1/rabbitmq/messages", message).text())
        .isEqualTo("{\"routed\":true,\"confirmed\":true}");
    assertThat(client.post("/v1/rabbitmq/messages", message.replace("a.b", "b.a")).text())
        .isEqualTo("{\"routed\":false,\"confirmed\":true}");
    assertThat(client.post("/v1/rabbitmq/bindings/remove", binding).status()).isEqualTo(204);
    assertThat(client.post("/v1/rabbitmq/messages", message).at("routed")).isEqualTo("false");
  }

  @Test
  void exclusive_queue_is_refused_with_the_reason() {
    Client.Answer answer = client.post(QUEUES, "{\"name\":\"mine\",\"exclusive\":true}");

    assertProblem(answer, ProblemType.INVALID_REQUEST).names("field", "exclusive");
    assertThat(answer.at("detail")).contains("shared");
  }

  @Test
  void what_the_broker_refuses_is_told_in_its_words() {
    String name = "otherwise-" + System.nanoTime();
    client.post(QUEUES, "{\"name\":\"%s\"}".formatted(name));

    assertProblem(
        client.post(QUEUES, "{\"name\":\"%s\",\"durable\":false}".formatted(name)),
        ProblemType.BROKER_REFUSED);
    assertProblem(client.get(QUEUES + "/nothing-there"), ProblemType.NOT_FOUND);
    assertProblem(client.post(QUEUES + "/nothing-there/purge", ""), ProblemType.NOT_FOUND);
    assertProblem(
        client.post("/v1/rabbitmq/messages", "{\"exchange\":\"nowhere\",\"payload\":1}"),
        ProblemType.NOT_FOUND);
    assertProblem(
        client.post("/v1/rabbitmq/exchanges", "{\"name\":\"odd\",\"type\":\"no-such-type\"}"),
        ProblemType.BROKER_REFUSED);
  }

  @Test
  void names_that_are_reserved_are_refused() {
    assertProblem(
            client.post(QUEUES, "{\"name\":\"posthaste.intake\"}"), ProblemType.INVALID_REQUEST)
        .names("field", "name");
    assertProblem(client.post(QUEUES + "/amq.gen-1/purge", ""), ProblemType.INVALID_REQUEST)
        .names("field", "name");
    assertProblem(client.post(QUEUES, "{}"), ProblemType.INVALID_REQUEST).names("field", "name");
  }

  @Test
  void payload_is_json_or_bytes_and_never_both() {
    assertProblem(
            client.post("/v1/rabbitmq/messages", "{\"payload\":1,\"payloadBase64\":\"AQ==\"}"),
            ProblemType.INVALID_REQUEST)
        .names("field", "payload");
    assertProblem(
            client.post("/v1/rabbitmq/messages", "{\"payloadBase64\":\"!\"}"),
            ProblemType.INVALID_REQUEST)
        .names("field", "payloadBase64");
  }

  @Test
  void tables_that_no_frame_holds_are_refused_by_field() {
    String longName = "{\"" + "é".repeat(128) + "\":\"\"}";
    String largeValue = "{\"a\":\"" + "x".repeat(65_536) + "\"}";

    for (String table : List.of(longName, largeValue)) {
      assertField(QUEUES, "{\"name\":\"a\",\"arguments\":" + table + "}", "arguments");
      assertField(
          "/v1/rabbitmq/exchanges", "{\"name\":\"a\",\"arguments\":" + table + "}", "arguments");
      assertField(
          "/v1/rabbitmq/bindings",
          "{\"exchange\":\"a\",\"queue\":\"a\",\"arguments\":" + table + "}",
          "arguments");
      assertField("/v1/rabbitmq/messages", "{\"payload\":1,\"headers\":" + table + "}", "headers");
      assertField(
          "/v1/topology?dryRun=true",
          "{\"exchanges\":{\"a\":{\"arguments\":" + table + "}}}",
          "exchanges.a.arguments");
    }
  }

  private void assertField(String path, String body, String field) {
    String method = path.startsWith("/v1/topology") ? "PUT" : "POST";
    assertProblem(client.call(method, path, body), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void message_with_as_many_headers_as_are_allowed_is_published() {
    String headers = "{\"a\":\"" + "x".repeat(65_535) + "\"}";

    assertThat(
            client
                .post("/v1/rabbitmq/messages", "{\"payload\":1,\"headers\":" + headers + "}")
                .status())
        .isEqualTo(200);
  }
}
