package io.posthaste.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import io.posthaste.database.PostgresForTests;
import io.posthaste.provider.rabbitmq.RabbitForTests;
import io.posthaste.rest.Client;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What any AMQP client publishes, as its receivers see it, or with the reason why not. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
@WithTestResource(RabbitForTests.class)
final class IntakeTest {
  private static final Duration SOON = Duration.ofSeconds(10);

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
    amqp.confirmSelect();
    amqp.queuePurge("posthaste.rejected");
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
  }

  private void publish(String queue, BasicProperties properties, byte[] body) throws Exception {
    Map<String, Object> headers = new HashMap<>();
    if (properties.getHeaders() != null) {
      headers.putAll(properties.getHeaders());
    }
    headers.put("x-posthaste-queue", queue);
    publishTo("any.key", properties.builder().headers(headers).build(), body);
  }

  private void publishTo(String key, BasicProperties properties, byte[] body) throws Exception {
    amqp.basicPublish("posthaste", key, true, properties, body);
    amqp.waitForConfirmsOrDie(5_000);
  }

  private Answer receive(String queue) {
    Answer answer = client.post("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT10S\"}");
    assertThat(answer.json().get("deliveries")).as(answer.text()).hasSize(1);
    return answer;
  }

  private GetResponse rejected() {
    List<GetResponse> found = new ArrayList<>();
    Awaitility.await()
        .atMost(SOON)
        .until(
            () -> {
              GetResponse got = amqp.basicGet("posthaste.rejected", true);
              if (got != null) {
                found.add(got);
              }
              return got != null;
            });
    return found.getFirst();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static BasicProperties.Builder properties(Map<String, Object> headers) {
    return new BasicProperties.Builder().headers(headers);
  }

  private static void assertRejected(GetResponse got, String reason, String detail) {
    Map<String, Object> headers = got.getProps().getHeaders();
    assertThat(headers.get("x-posthaste-reason")).hasToString(reason);
    assertThat(headers.get("x-posthaste-detail").toString()).contains(detail);
  }

  @Test
  void fields_and_headers_are_those_of_the_message() throws Exception {
    String queue = client.queue();
    publish(
        queue,
        new BasicProperties.Builder()
            .contentType("application/json; charset=utf-8")
            .type("order.placed")
            .correlationId("c-1")
            .priority(7)
            .expiration("3600000")
            .messageId("order-1")
            .headers(
                Map.of(
                    "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    "number", 7,
                    "x-posthaste-group", "g",
                    "x-posthaste-deduplication-id", "d-1",
                    // What Posthaste notes on messages of its own means nothing here
                    "x-posthaste-attempt", 4,
                    "x-posthaste-move", "1-01996b5e-0000-7000-8000-000000000000"))
            .build(),
        utf8("{\"n\":1.10}"));

    Answer answer = receive(queue);

    String path = "deliveries/0/message/";
    assertThat(answer.text()).contains("\"payload\":{\"n\":1.10}");
    assertThat(answer.at(path + "type")).isEqualTo("order.placed");
    assertThat(answer.at(path + "correlationId")).isEqualTo("c-1");
    assertThat(answer.at(path + "priority")).isEqualTo("7");
    assertThat(answer.at(path + "group")).isEqualTo("g");
    assertThat(answer.at(path + "deduplicationId")).isEqualTo("d-1");
    assertThat(answer.at(path + "headers/message-id")).isEqualTo("order-1");
    assertThat(answer.at(path + "headers/number")).isEqualTo("7");
    assertThat(answer.at(path + "headers/traceparent")).startsWith("00-0af7651916cd43dd");
    assertThat(answer.json().at("/" + path + "headers")).hasSize(3);
    assertThat(answer.at("deliveries/0/attempt")).isEqualTo("1");
  }

  @Test
  void senders_uuid_is_the_messages_id_and_stays_a_header() throws Exception {
    String queue = client.queue();
    String id = UUID.randomUUID().toString();
    publish(queue, new BasicProperties.Builder().messageId(id).build(), new byte[] {1, 2});

    Answer answer = receive(queue);

    assertThat(answer.at("deliveries/0/message/id")).isEqualTo(id);
    assertThat(answer.at("deliveries/0/message/headers/message-id")).isEqualTo(id);
    assertThat(answer.at("deliveries/0/message/payloadBase64")).isEqualTo("AQI=");
    assertThat(answer.at("deliveries/0/message/contentType")).isEqualTo("application/octet-stream");
  }

  @Test
  void messages_that_share_a_name_for_an_id_are_all_stored() throws Exception {
    String queue = client.queue();
    for (int i = 0; i < 3; i++) {
      publish(
          queue, new BasicProperties.Builder().messageId("always-the-same").build(), utf8("" + i));
    }

    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/queues/" + queue + "/stats").at("available"))
                    .isEqualTo("3"));
  }

  private void awaitCount(String queue, String state, int count) {
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/queues/" + queue + "/stats").at(state))
                    .isEqualTo(Integer.toString(count)));
  }

  @Test
  void message_published_again_under_its_uuid_is_one_and_another_one_is_not_lost()
      throws Exception {
    String queue = client.queue();
    BasicProperties same =
        new BasicProperties.Builder().messageId(UUID.randomUUID().toString()).build();
    publish(queue, same, utf8("one"));
    awaitCount(queue, "available", 1);

    publish(queue, same, utf8("one"));
    publish(queue, same, utf8("another"));
    awaitCount(queue, "available", 2);

    Answer both = client.post("/v1/queues/" + queue + "/receive", "{\"max\":10}");
    assertThat(both.each("deliveries", "message/payloadBase64"))
        .containsExactlyInAnyOrder("b25l", "YW5vdGhlcg==");
    assertThat(both.each("deliveries", "message/headers/message-id"))
        .containsOnly(same.getMessageId());
    assertThat(both.each("deliveries", "message/id")).contains(same.getMessageId());
  }

  @Test
  void message_may_die_twice_under_one_uuid() throws Exception {
    String queue = client.queue();
    BasicProperties same =
        new BasicProperties.Builder().messageId(UUID.randomUUID().toString()).build();
    for (int i = 1; i <= 2; i++) {
      publish(queue, same, utf8("fatal"));
      String receipt = receive(queue).at("deliveries/0/receipt");
      client.post(
          "/v1/queues/" + queue + "/reject",
          "{\"receipts\":[\"" + receipt + "\"],\"permanent\":true}");
      awaitCount(queue, "dead", i);
    }
  }

  @Test
  void dead_letter_stays_one_while_its_uuid_is_in_a_queue_again() throws Exception {
    String queue = client.queue();
    BasicProperties same =
        new BasicProperties.Builder().messageId(UUID.randomUUID().toString()).build();
    publish(queue, same, utf8("fatal"));
    String receipt = receive(queue).at("deliveries/0/receipt");
    client.post(
        "/v1/queues/" + queue + "/reject",
        "{\"receipts\":[\"" + receipt + "\"],\"permanent\":true}");
    publish(queue, same, utf8("fatal"));
    awaitCount(queue, "available", 1);

    String replay =
        client
            .post("/v1/dead-letters/replay", "{\"filter\":{\"queue\":\"" + queue + "\"}}")
            .at("id");

    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/dead-letters/replays/" + replay).at("skipped"))
                    .isEqualTo("1"));
    assertThat(client.get("/v1/queues/" + queue + "/stats").at("dead")).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-posthaste-delay", "x-posthaste-deliver-at"})
  void message_is_due_when_its_sender_says(String header) throws Exception {
    String queue = client.queue();
    String when = header.endsWith("delay") ? "PT1H" : "2030-01-01T00:00:00Z";
    publish(queue, properties(Map.of(header, when)).build(), utf8("later"));

    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/queues/" + queue + "/stats").at("delayed"))
                    .isEqualTo("1"));
  }

  @Test
  void time_to_live_is_the_expiration() throws Exception {
    String queue = client.queue("{\"onExpiry\":\"dead-letter\"}");
    publish(queue, new BasicProperties.Builder().expiration("1500").build(), utf8("short-lived"));

    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/queues/" + queue + "/stats").at("dead")).isEqualTo("1"));
  }

  @Test
  void repeated_deduplication_id_is_one_message() throws Exception {
    String queue = client.queue();
    BasicProperties once = properties(Map.of("x-posthaste-deduplication-id", "d")).build();
    publish(queue, once, utf8("same"));
    publish(queue, once, utf8("same"));
    publish(queue, once, utf8("another"));

    assertRejected(rejected(), "deduplication-conflict", "deduplication id");
    assertThat(client.get("/v1/queues/" + queue + "/stats").at("available")).isEqualTo("1");
  }

  @Test
  void rejected_message_is_as_it_was_with_the_reason() throws Exception {
    BasicProperties sent =
        new BasicProperties.Builder()
            .contentType("text/plain")
            .type("t")
            .messageId("m")
            .correlationId("c")
            .expiration("60000")
            .headers(Map.of("a", "b", "CC", List.of("posthaste.intake")))
            .build();
    amqp.basicPublish("posthaste", "orders.placed", sent, utf8("hello"));

    GetResponse got = rejected();

    assertRejected(got, "topic-not-found", "x-posthaste-queue");
    assertThat(got.getBody()).isEqualTo(utf8("hello"));
    assertThat(got.getProps().getContentType()).isEqualTo("text/plain");
    assertThat(got.getProps().getType()).isEqualTo("t");
    assertThat(got.getProps().getMessageId()).isEqualTo("m");
    assertThat(got.getProps().getCorrelationId()).isEqualTo("c");
    assertThat(got.getProps().getExpiration()).isNull();
    assertThat(got.getProps().getDeliveryMode()).isEqualTo(2);
    Map<String, Object> headers = got.getProps().getHeaders();
    assertThat(headers.get("a")).hasToString("b");
    assertThat(headers.get("x-posthaste-expiration")).hasToString("60000");
    assertThat(headers.get("x-posthaste-routing-key")).hasToString("orders.placed");
    assertThat(headers).doesNotContainKey("CC");
  }

  @Test
  void unknown_queue_is_a_reason() throws Exception {
    publish("nowhere-to-be-found", new BasicProperties(), utf8("x"));

    assertRejected(rejected(), "queue-not-found", "PUT /v1/queues/nowhere-to-be-found");
  }

  @Test
  void name_that_no_queue_can_have_is_a_reason() throws Exception {
    publish("Not A Name", new BasicProperties(), utf8("x"));

    assertRejected(rejected(), "invalid-request", "queue");
  }

  @Test
  void payload_that_its_queue_does_not_take_is_a_reason() throws Exception {
    String queue = client.queue("{\"maxMessageSize\":10}");
    publish(queue, new BasicProperties(), utf8("more than ten bytes"));

    assertRejected(rejected(), "payload-too-large", "19 bytes");
  }

  @Test
  void provider_that_is_turned_off_is_a_reason() throws Exception {
    publish(redisQueue(), new BasicProperties(), utf8("x"));

    assertRejected(rejected(), "provider-disabled", "POSTHASTE_REDIS_URL");
  }

  // Defined while Redis was turned on
  private static String redisQueue() {
    String name = "was-redis-" + Long.toString(System.nanoTime(), 36);
    io.posthaste.database.SqlSession.at(PostgresForTests.url())
        .run(
            """
            INSERT INTO queue (name, provider, lease_us, max_attempts, retry_strategy, retention_us,
              on_expiry, ordering, deduplication_window_us, max_message_size, created_at, changed_at)
            VALUES ('%s', 'redis', 30000000, 5, 'none', 1209600000000, 'dead-letter', 'none',
              300000000, 1048576, now(), now())
            """
                .formatted(name));
    return name;
  }

  @Test
  void what_cannot_be_a_message_is_a_reason() throws Exception {
    String queue = client.queue();
    Map<String, String> wrong =
        Map.of(
            "long",
            "x".repeat(9000),
            "x-posthaste-delay",
            "5 s",
            "x-posthaste-deliver-at",
            "tomorrow",
            "x-posthaste-group",
            "g".repeat(300));
    for (Map.Entry<String, String> header : wrong.entrySet()) {
      publish(queue, properties(Map.of(header.getKey(), header.getValue())).build(), utf8("x"));

      assertRejected(rejected(), "invalid-request", "'");
    }
    publish(
        queue,
        properties(
                Map.of(
                    "x-posthaste-delay", "PT1S", "x-posthaste-deliver-at", "2030-01-01T00:00:00Z"))
            .build(),
        utf8("x"));
    assertRejected(rejected(), "invalid-request", "deliverAt");
    publish(queue, properties(Map.of("x-posthaste-delay", 5)).build(), utf8("x"));
    assertRejected(rejected(), "invalid-request", "must be text");
    publish(
        queue,
        properties(Map.of("x-posthaste-deliver-at", "+99999-01-01T00:00:00Z")).build(),
        utf8("x"));
    assertRejected(rejected(), "invalid-request", "3660 days");
    assertThat(client.get("/v1/queues/" + queue + "/stats").at("available")).isEqualTo("0");
  }

  @Test
  void headers_that_leave_no_room_for_a_reason_give_way_to_it() throws Exception {
    Map<String, Object> headers = new HashMap<>();
    for (int i = 0; i < 16; i++) {
      headers.put("h" + i, "x".repeat(8100));
    }
    headers.put("last", "x".repeat(1200));
    publishTo("any.key", properties(headers).messageId("m").build(), utf8("kept"));

    GetResponse got = rejected();

    assertRejected(got, "topic-not-found", "x-posthaste-queue");
    assertThat(got.getBody()).isEqualTo(utf8("kept"));
    assertThat(got.getProps().getMessageId()).isEqualTo("m");
  }

  @Test
  void intake_whose_queue_is_deleted_declares_it_and_goes_on() throws Exception {
    String queue = client.queue();

    amqp.queueDelete("posthaste.intake");

    Awaitility.await()
        .atMost(SOON)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              Connection look = connection;
              try (Channel passive = look.createChannel()) {
                assertThat(passive.consumerCount("posthaste.intake")).isPositive();
              }
            });
    publish(queue, new BasicProperties(), utf8("after"));
    receive(queue);
  }

  @Test
  void rejections_wait_until_their_queue_is_there_again() throws Exception {
    amqp.queueDelete("posthaste.rejected");

    publish("nowhere-to-be-found", new BasicProperties(), utf8("x"));

    Awaitility.await()
        .atMost(SOON)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              try (Channel passive = connection.createChannel()) {
                assertThat(passive.messageCount("posthaste.rejected")).isEqualTo(1);
              }
            });
    assertRejected(rejected(), "queue-not-found", "nowhere-to-be-found");
  }

  @Test
  void metrics_count_what_came_and_why_it_went() throws Exception {
    String queue = client.queue();
    publish(queue, new BasicProperties(), utf8("x"));
    receive(queue);
    publish("nowhere-to-be-found", new BasicProperties(), utf8("x"));
    rejected();

    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(client.get("/q/metrics").text())
                    .contains("posthaste_intake_up 1.0")
                    .contains("posthaste_intake_in_flight 0.0")
                    .containsPattern("posthaste_intake_accepted_total [1-9]")
                    .containsPattern(
                        "posthaste_intake_rejected_total\\{reason=\"queue-not-found\"[^}]*} [1-9]"));
  }
}
