package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.provider.rabbitmq.RabbitForTests;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a topology document defines at RabbitMQ, as any client sees it there. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
@WithTestResource(RabbitForTests.class)
final class TopologyAtBrokerTest {
  private static final String PATH = "/v1/topology";

  @TestHTTPResource("/")
  URI base;

  private final String name = "topology-" + System.nanoTime();
  private Client client;
  private Connection connection;
  private Channel amqp;

  @BeforeEach
  void connect() throws Exception {
    client = new Client(base);
    connection = RabbitForTests.connect();
    amqp = connection.createChannel();
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
  }

  private String document(String exchange, String binding) {
    String text =
        """
        {"bindings":[{"exchange":"NAME","queue":"NAME","routingKey":"a.#"BINDING}],
         "exchanges":{"NAME":EXCHANGE},
         "queues":{"NAME":{"provider":"rabbitmq"}}}
        """;
    return text.replace("NAME", name).replace("EXCHANGE", exchange).replace("BINDING", binding);
  }

  private String forwarding(String consumer) {
    return "{\"queues\":{\"%s\":{\"consumers\":{\"out\":%s}}}}".formatted(name, consumer);
  }

  @Test
  void consumers_stand_with_their_queue() {
    String document = forwarding("{\"kind\":\"amqp\",\"exchange\":\"e\",\"routingKey\":\"a\"}");
    String path = "/v1/queues/" + name + "/consumers/out";

    assertThat(client.put(PATH + "?dryRun=true", document).each("changes", "kind"))
        .containsExactly("queue", "consumer");
    assertThat(client.get("/v1/queues/" + name).status()).isEqualTo(404);

    assertThat(client.put(PATH, document).each("changes", "name"))
        .containsExactly(name, name + "/out");
    assertThat(client.get(path).at("exchange")).isEqualTo("e");

    assertThat(client.put(PATH, document).text())
        .isEqualTo("{\"dryRun\":false,\"changes\":[],\"unchanged\":2}");

    var changed = client.put(PATH, forwarding("{\"kind\":\"amqp\",\"exchange\":\"f\"}"));
    assertThat(changed.json().at("/changes/0/fields").toString())
        .isEqualTo("[\"exchange\",\"routingKey\"]");
    assertThat(client.get(path).at("exchange")).isEqualTo("f");
    client.delete(path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|.consumers.out.kind",
        "{\"kind\":\"amqp\"}|.consumers.out.exchange",
        "{\"kind\":\"amqp\",\"exchange\":\"e\",\"key\":\"k\"}|.consumers.out.key",
      })
  void bad_consumers_are_refused_by_field(String consumer, String field) {
    assertProblem(client.put(PATH, forwarding(consumer)), ProblemType.INVALID_REQUEST)
        .names("field", "queues." + name + field);
  }

  private void assertNothingAtTheBroker() {
    assertThatThrownBy(() -> connection.createChannel().exchangeDeclarePassive(name))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> connection.createChannel().queueDeclarePassive(name))
        .isInstanceOf(IOException.class);
    assertThat(client.get("/v1/queues/" + name).status()).isEqualTo(404);
  }

  @Test
  void exchange_and_binding_are_made_with_their_queue_and_a_second_time_change_nothing()
      throws Exception {
    String document = document("{\"type\":\"topic\"}", "");

    var dry = client.put(PATH + "?dryRun=true", document);
    assertNothingAtTheBroker();
    var made = client.put(PATH, document);
    amqp.basicPublish(name, "a.b", null, new byte[] {'1'});
    var again = client.put(PATH, document);

    assertThat(dry.text())
        .isEqualTo(
            """
            {"dryRun":true,"changes":[{"kind":"queue","name":"NAME","action":"create"},\
            {"kind":"exchange","name":"NAME","action":"create"},\
            {"kind":"binding","name":"NAME -> NAME (a.#)","action":"create"}],"unchanged":0}"""
                .replace("NAME", name));
    assertThat(made.text()).isEqualTo(dry.text().replace("\"dryRun\":true", "\"dryRun\":false"));
    assertThat(again.text())
        .isEqualTo(
            """
            {"dryRun":false,"changes":[],"declared":\
            [{"kind":"binding","name":"NAME -> NAME (a.#)","action":"declare"}],"unchanged":2}"""
                .replace("NAME", name));
    assertThat(
            client
                .post("/v1/queues/" + name + "/receive", "{\"wait\":\"PT10S\"}")
                .json()
                .get("deliveries"))
        .hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"fanout\"}|type",
        "{\"type\":\"direct\",\"durable\":false}|durable",
        "{\"type\":\"direct\",\"internal\":true}|internal",
        "{\"type\":\"direct\",\"arguments\":{\"alternate-exchange\":\"x\"}}|alternate-exchange",
      })
  void exchange_that_is_there_otherwise_is_a_conflict_and_nothing_is_made(
      String exchange, String what) throws Exception {
    amqp.exchangeDeclare(name, "direct", true);

    for (String path : new String[] {PATH + "?dryRun=true", PATH}) {
      var answer = client.put(path, document(exchange, ""));

      assertProblem(answer, ProblemType.BROKER_REFUSED).names("field", "exchanges." + name);
      assertThat(answer.at("detail")).contains("inequivalent arg '" + what + "'");
    }
    assertThat(client.get("/v1/queues/" + name).status()).isEqualTo(404);
    assertThatThrownBy(() -> connection.createChannel().queueDeclarePassive(name))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"exchange\":\"NAME\"|\"exchange\":\"nowhere\"|bindings[0].exchange",
        "\"queue\":\"NAME\"|\"queue\":\"nowhere\"|bindings[0].queue",
        "{\"provider\":\"rabbitmq\"}|{}|bindings[0].queue",
        "\"type\":\"topic\"|\"type\":\"headers\"|bindings[0].arguments.x-match",
        "{\"provider\":\"rabbitmq\"}|{\"provider\":\"rabbitmq\",\"lease\":\"PT2H\"}|queues.NAME",
      })
  void mistake_is_named_by_its_place_and_nothing_is_made(
      String text, String instead, String field) {
    String document =
        document("{\"type\":\"topic\"}", ",\"arguments\":{\"x-match\":\"some\"}")
            .replace(text.replace("NAME", name), instead);

    var answer = client.put(PATH, document);

    assertThat(answer.status()).as(answer.text()).isIn(400, 422);
    assertThat(answer.at("field")).isEqualTo(field.replace("NAME", name));
    assertNothingAtTheBroker();
  }

  @Test
  void binding_may_use_what_the_broker_has_already() throws Exception {
    amqp.queueDeclare(name, true, false, false, Map.of());
    String document =
        "{\"bindings\":[{\"exchange\":\"amq.topic\",\"queue\":\"%s\",\"routingKey\":\"%s\"}]}"
            .formatted(name, name);

    var answer = client.put(PATH, document);
    amqp.basicPublish("amq.topic", name, null, new byte[] {1});

    assertThat(answer.each("declared", "name"))
        .containsExactly("amq.topic -> %s (%s)".formatted(name, name));
    org.awaitility.Awaitility.await().until(() -> amqp.messageCount(name) == 1);
  }

  @Test
  void queue_that_the_broker_has_otherwise_is_found_before_anything_is_made() throws Exception {
    amqp.queueDeclare(name, true, false, false, Map.of());

    for (String path : new String[] {PATH + "?dryRun=true", PATH}) {
      assertProblem(client.put(path, document("{}", "")), ProblemType.BROKER_QUEUE_INCOMPATIBLE)
          .names("field", "queues." + name);
    }
    assertThatThrownBy(() -> connection.createChannel().exchangeDeclarePassive(name))
        .isInstanceOf(IOException.class);
  }

  @Test
  void type_that_the_broker_does_not_know_is_its_refusal() {
    var answer =
        client.put(PATH, "{\"exchanges\":{\"%s\":{\"type\":\"x-nothing\"}}}".formatted(name));

    assertProblem(answer, ProblemType.BROKER_REFUSED).names("field", "exchanges." + name);
    assertThat(answer.at("detail")).contains("x-nothing");
  }
}
