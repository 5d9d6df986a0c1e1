package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.provider.rabbitmq.RabbitForTests;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queues on RabbitMQ as REST and as any AMQP client see them. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
@WithTestResource(RabbitForTests.class)
final class RabbitQueuesTest {
  private static final String POLICY =
      "{\"provider\":\"rabbitmq\",\"retry\":{\"strategy\":\"none\"}}";

  @TestHTTPResource("/")
  URI base;

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

  private Answer receive(String queue) {
    return client.post("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT10S\"}");
  }

  @Test
  void any_client_reads_what_rest_sent() throws Exception {
    String queue = client.queue(POLICY);
    String id =
        client
            .post(
                "/v1/queues/" + queue + "/messages",
                "{\"payload\":{\"n\":1.10},\"type\":\"t\",\"correlationId\":\"c\",\"priority\":3,\"ttl\":\"PT1H\",\"headers\":{\"a\":\"b\"}}")
            .at("id");

    GetResponse got = amqp.basicGet(queue, true);

    BasicProperties properties = got.getProps();
    assertThat(new String(got.getBody(), StandardCharsets.UTF_8)).isEqualTo("{\"n\":1.10}");
    assertThat(properties.getMessageId()).isEqualTo(id);
    assertThat(properties.getContentType()).isEqualTo("application/json");
    assertThat(properties.getType()).isEqualTo("t");
    assertThat(properties.getCorrelationId()).isEqualTo("c");
    assertThat(properties.getPriority()).isEqualTo(3);
    assertThat(properties.getDeliveryMode()).isEqualTo(2);
    assertThat(properties.getTimestamp()).isNotNull();
    assertThat(Long.parseLong(properties.getExpiration())).isBetween(3_500_000L, 3_600_000L);
    assertThat(properties.getHeaders().get("a").toString()).isEqualTo("b");
  }

  @Test
  void rest_receives_what_any_client_sends() throws Exception {
    String queue = client.queue(POLICY);
    Map<String, Object> headers = Map.of("text", "b", "number", 7, "truth", true);
    amqp.basicPublish(
        "",
        queue,
        new BasicProperties.Builder()
            .messageId("order-1")
            .contentType("application/json; charset=utf-8")
            .type("t")
            .headers(headers)
            .build(),
        "{\"n\":1.10}".getBytes(StandardCharsets.UTF_8));

    Answer answer = receive(queue);

    String path = "deliveries/0/message/";
    assertThat(answer.text()).contains("\"payload\":{\"n\":1.10}");
    assertThat(answer.at(path + "type")).isEqualTo("t");
    assertThat(answer.at(path + "headers/text")).isEqualTo("b");
    assertThat(answer.at(path + "headers/number")).isEqualTo("7");
    assertThat(answer.at(path + "headers/message-id")).isEqualTo("order-1");
    assertThat(answer.at("deliveries/0/attempt")).isEqualTo("1");
  }

  @Test
  void message_without_an_id_gets_one_that_stays() throws Exception {
    String queue = client.queue(POLICY);
    amqp.basicPublish("", queue, new BasicProperties(), new byte[] {1, 2});
    Answer first = receive(queue);
    String id = first.at("deliveries/0/message/id");
    assertThat(first.at("deliveries/0/message/payloadBase64")).isEqualTo("AQI=");

    client.post(
        "/v1/queues/" + queue + "/reject",
        "{\"receipts\":[\"%s\"]}".formatted(first.at("deliveries/0/receipt")));

    Answer second = receive(queue);
    assertThat(second.at("deliveries/0/message/id")).isEqualTo(id);
    assertThat(second.at("deliveries/0/attempt")).isEqualTo("2");
  }

  @Test
  void text_that_is_no_json_is_not_handed_out_as_json() throws Exception {
    String queue = client.queue(POLICY);
    amqp.basicPublish(
        "",
        queue,
        new BasicProperties.Builder().contentType("application/json").messageId("x").build(),
        "{\"n\":".getBytes(StandardCharsets.UTF_8));

    assertThat(receive(queue).at("deliveries/0/message/contentType")).isEqualTo("application/json");
  }

  @Test
  void what_cannot_be_a_message_is_a_poisoned_dead_letter() throws Exception {
    String queue = client.queue(POLICY);
    Map<String, Object> headers = Map.of("long", "x".repeat(9000));
    amqp.basicPublish(
        "",
        queue,
        new BasicProperties.Builder().messageId("x").headers(headers).build(),
        new byte[] {1});

    Awaitility.await()
        .untilAsserted(
            () -> {
              assertThat(client.post("/v1/queues/" + queue + "/receive", "").text())
                  .isEqualTo("{\"deliveries\":[]}");
              assertThat(client.get("/v1/dead-letters?queue=" + queue).json().get("items"))
                  .isNotEmpty();
            });
    Answer dead = client.get("/v1/dead-letters?queue=" + queue);
    assertThat(dead.each("items", "class")).containsExactly("poison");
    assertThat(dead.at("items/0/reason")).contains("headers.long");
  }

  @Test
  void what_another_client_rejects_is_drained_into_the_dead_letters() throws Exception {
    String queue = client.queue(POLICY);
    String id = client.post("/v1/queues/" + queue + "/messages", "{\"payload\":1}").at("id");
    GetResponse got = amqp.basicGet(queue, false);

    amqp.basicReject(got.getEnvelope().getDeliveryTag(), false);

    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/dead-letters?queue=" + queue).each("items", "id"))
                    .containsExactly(id));
    assertThat(client.get("/v1/dead-letters/" + id).at("class")).isEqualTo("rejected-permanently");
  }

  @Test
  void what_expires_at_the_broker_is_drained_into_the_dead_letters() {
    String queue = client.queue(POLICY);
    String id =
        client
            .post("/v1/queues/" + queue + "/messages", "{\"payload\":1,\"ttl\":\"PT0.2S\"}")
            .at("id");

    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/dead-letters?queue=" + queue).each("items", "id"))
                    .containsExactly(id));
    assertThat(client.get("/v1/dead-letters/" + id).at("class")).isEqualTo("expired");
  }

  @Test
  void queue_that_is_there_is_adopted_if_it_can_keep_the_promises() throws Exception {
    String good = "adopted-" + System.nanoTime();
    String classic = "classic-" + System.nanoTime();
    amqp.queueDeclare(
        good, true, false, false, Map.of("x-queue-type", "quorum", "x-delivery-limit", 2000));
    amqp.queueDeclare(classic, true, false, false, Map.of());
    amqp.confirmSelect();
    amqp.basicPublish("", good, new BasicProperties(), "1".getBytes(StandardCharsets.UTF_8));
    amqp.waitForConfirmsOrDie(5000);

    assertThat(client.put("/v1/queues/" + good, POLICY).status()).isEqualTo(201);
    assertThat(client.put("/v1/queues/" + good, POLICY).status()).isEqualTo(200);
    assertProblem(
        client.put("/v1/queues/" + classic, POLICY), ProblemType.BROKER_QUEUE_INCOMPATIBLE);

    assertThat(receive(good).json().get("deliveries")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "x-max-length, 7",
    "x-message-ttl, 60000",
    "x-delivery-limit, 7",
    "x-dead-letter-exchange, amq.fanout"
  })
  void queue_that_would_give_up_messages_by_itself_is_not_adopted(String argument, String value)
      throws Exception {
    String queue = "lossy-" + System.nanoTime();
    Object typed = value.matches("\\d+") ? Integer.valueOf(value) : value;
    amqp.queueDeclare(queue, true, false, false, Map.of("x-queue-type", "quorum", argument, typed));

    Answer answer = client.put("/v1/queues/" + queue, POLICY);

    assertProblem(answer, ProblemType.BROKER_QUEUE_INCOMPATIBLE);
    assertThat(answer.at("detail")).contains(argument);
  }

  @Test
  void queue_that_the_broker_has_lost_is_declared_again() throws Exception {
    String queue = client.queue(POLICY);
    amqp.queueDelete(queue);

    assertThat(client.post("/v1/queues/" + queue + "/messages", "{\"payload\":1}").status())
        .isEqualTo(201);

    assertThat(receive(queue).json().get("deliveries")).hasSize(1);
  }

  @Test
  void lease_beyond_the_consumer_timeout_is_unprocessable() {
    String queue = client.queue(POLICY);
    String path = "/v1/queues/" + queue;
    client.post(path + "/messages", "{\"payload\":1}");
    String receipt = receive(queue).at("deliveries/0/receipt");

    assertProblem(
        client.post(path + "/receive", "{\"lease\":\"PT31M\"}"),
        ProblemType.UNSUPPORTED_BY_PROVIDER);
    assertProblem(
        client.post(
            path + "/extend", "{\"receipts\":[\"%s\"],\"lease\":\"PT31M\"}".formatted(receipt)),
        ProblemType.UNSUPPORTED_BY_PROVIDER);
    assertProblem(
        client.put(path, "{\"provider\":\"rabbitmq\",\"lease\":\"PT1H\"}"),
        ProblemType.UNSUPPORTED_BY_PROVIDER);
    assertThat(
            client
                .post(
                    path + "/extend",
                    "{\"receipts\":[\"%s\"],\"lease\":\"PT29M49.999S\"}".formatted(receipt))
                .at("results/0/outcome"))
        .isIn("extended", "lease-too-long");
  }

  @Test
  void delayed_messages_can_be_listed_changed_and_cancelled() {
    String queue = client.queue(POLICY);
    String path = "/v1/queues/" + queue + "/messages";
    String forward = client.post(path, "{\"payload\":1,\"delay\":\"PT1H\"}").at("id");
    String cancelled = client.post(path, "{\"payload\":2,\"delay\":\"PT2H\"}").at("id");

    assertThat(client.get(path + "?state=delayed").each("items", "id"))
        .containsExactly(forward, cancelled);
    assertProblem(client.get(path), ProblemType.UNSUPPORTED_BY_PROVIDER);
    assertThat(client.get(path + "/" + forward).at("state")).isEqualTo("delayed");
    assertThat(client.delete(path + "/" + cancelled).status()).isEqualTo(204);
    assertThat(client.patch(path + "/" + forward, "{\"delay\":\"PT0S\"}").status()).isIn(200, 204);

    assertThat(receive(queue).at("deliveries/0/message/id")).isEqualTo(forward);
    assertThat(client.get(path + "?state=delayed").text()).isEqualTo("{\"items\":[]}");
  }

  @Test
  void headers_that_amqp_cannot_carry_are_refused_and_its_neighbours_are_not() {
    String queue = client.queue(POLICY);
    StringBuilder headers = new StringBuilder("\"h\":\"1\"");
    for (int i = 0; i < 30; i++) {
      headers.append(",\"h").append(i).append("\":\"").append("x".repeat(8000)).append('"');
    }

    Answer answer =
        client.post(
            "/v1/queues/" + queue + "/messages/batch",
            "{\"messages\":[{\"payload\":1},{\"payload\":2,\"headers\":{%s}},{\"payload\":3}]}"
                .formatted(headers));

    assertThat(answer.json().at("/results/0").has("id")).isTrue();
    assertProblem(answer.json().at("/results/1/error"), ProblemType.INVALID_REQUEST);
    assertThat(answer.json().at("/results/2").has("id")).isTrue();
  }

  @Test
  void readiness_and_metrics_show_the_broker() {
    assertThat(client.get("/q/health/ready").text()).contains("\"rabbitmq\": \"up\"");
    assertThat(client.get("/v1/providers").text())
        .contains("{\"name\":\"rabbitmq\",\"enabled\":true,\"reachable\":true,");
    assertThat(client.get("/q/metrics").text())
        .contains(
            "posthaste_rabbitmq_unacked",
            "posthaste_rabbitmq_channels",
            "posthaste_rabbitmq_connections",
            "posthaste_rabbitmq_settles_forwarded_total",
            "posthaste_rabbitmq_reconnects_total",
            "posthaste_rabbitmq_confirm_seconds");
  }
}
