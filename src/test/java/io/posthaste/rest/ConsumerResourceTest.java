package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers of kind amqp, and what any AMQP client reads of what they forward. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
@WithTestResource(RabbitForTests.class)
final class ConsumerResourceTest {
  private static final String TWICE =
      "{\"maxAttempts\":2,\"retry\":{\"strategy\":\"fixed\",\"initial\":\"PT0.05S\",\"jitter\":0}}";

  @TestHTTPResource("/")
  URI base;

  private Client client;
  private Connection connection;
  private Channel amqp;
  private String queue;
  private String exchange;

  @BeforeEach
  void connect() throws Exception {
    client = new Client(base);
    connection = RabbitForTests.connect();
    amqp = connection.createChannel();
    queue = client.queue();
    exchange = "to-" + queue;
    amqp.exchangeDeclare(exchange, "topic", false, true, Map.of());
  }

  @AfterEach
  void disconnect() throws Exception {
    client.delete(path("out"));
    connection.close();
  }

  private String path(String consumer) {
    return "/v1/queues/" + queue + "/consumers/" + consumer;
  }

  private static String amqp(String exchange, String routingKey) {
    return "{\"kind\":\"amqp\",\"exchange\":\"%s\",\"routingKey\":\"%s\"}"
        .formatted(exchange, routingKey);
  }

  /** A queue behind the exchange. */
  private String bound(String routingKey) throws IOException {
    return bound(exchange, routingKey);
  }

  private String bound(String to, String routingKey) throws IOException {
    String sink = amqp.queueDeclare().getQueue();
    amqp.queueBind(sink, to, routingKey);
    return sink;
  }

  private String send(String message) {
    Answer answer = client.post("/v1/queues/" + queue + "/messages", message);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.at("id");
  }

  private GetResponse next(String sink) {
    List<GetResponse> got = new ArrayList<>();
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              GetResponse one = amqp.basicGet(sink, true);
              if (one != null) {
                got.add(one);
              }
              return one != null;
            });
    return got.getFirst();
  }

  private void put(String body) {
    Answer answer = client.put(path("out"), body);
    assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
  }

  @Test
  void consumer_is_defined_changed_read_listed_and_removed() throws IOException {
    Answer created = client.put(path("out"), amqp(exchange, "a.b"));
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.at("name")).isEqualTo("out");
    assertThat(created.at("queue")).isEqualTo(queue);
    assertThat(created.at("kind")).isEqualTo("amqp");
    assertThat(created.at("inFlight")).isEqualTo("0");

    Answer changed = client.put(path("out"), amqp(exchange, "c"));
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.at("createdAt")).isEqualTo(created.at("createdAt"));

    Answer read = client.get(path("out"));
    assertThat(read.at("exchange")).isEqualTo(exchange);
    assertThat(read.at("routingKey")).isEqualTo("c");
    Awaitility.await().until(() -> client.get(path("out")).at("state").equals("running"));

    assertThat(client.delete(path("out")).status()).isEqualTo(204);
    assertProblem(client.get(path("out")), ProblemType.CONSUMER_NOT_FOUND)
        .names("queue", queue)
        .names("consumer", "out");
    assertProblem(client.delete(path("out")), ProblemType.CONSUMER_NOT_FOUND);
  }

  @Test
  void consumers_are_listed_in_pages() {
    String all = "/v1/queues/" + queue + "/consumers";
    assertThat(client.get(all).text()).isEqualTo("{\"items\":[]}");
    List.of("c", "a", "b").forEach(name -> client.put(path(name), amqp(exchange, "")));

    Answer first = client.get(all + "?limit=2");
    Answer second = client.get(all + "?limit=2&cursor=" + first.at("next"));

    assertThat(first.each("items", "name")).containsExactly("a", "b");
    assertThat(second.each("items", "name")).containsExactly("c");
    assertThat(second.json().has("next")).isFalse();
    assertProblem(client.get(all + "?cursor=A"), ProblemType.INVALID_REQUEST)
        .names("field", "cursor");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|kind",
        "{\"kind\":\"fax\"}|kind",
        "{\"kind\":\"amqp\"}|exchange",
        "{\"kind\":\"amqp\",\"exchange\":1}|exchange",
        "{\"kind\":\"amqp\",\"exchange\":\"\"}|routingKey",
        "{\"kind\":\"amqp\",\"exchange\":\"\",\"routingKey\":\"posthaste.dead\"}|routingKey",
        "{\"kind\":\"amqp\",\"exchange\":\"posthaste.dead\"}|exchange",
        "{\"kind\":\"amqp\",\"exchange\":\"\\ud800\"}|exchange",
        "{\"kind\":\"amqp\",\"exchange\":\"e\",\"key\":\"a\"}|key",
      })
  void bad_definitions_are_refused_by_field(String body, String field) {
    assertProblem(client.put(path("out"), body), ProblemType.INVALID_REQUEST).names("field", field);
  }

  @Test
  void names_are_bounded_and_queues_must_exist() {
    String body = amqp(exchange, "");

    assertProblem(client.put(path("Out"), body), ProblemType.INVALID_REQUEST)
        .names("field", "consumer");
    assertProblem(client.put(path("o".repeat(101)), body), ProblemType.INVALID_REQUEST);
    assertProblem(client.put(path("out"), amqp("e".repeat(256), "")), ProblemType.INVALID_REQUEST);
    for (String method : List.of("PUT", "GET", "DELETE")) {
      assertProblem(
          client.call(method, "/v1/queues/no-such/consumers/out", method.equals("PUT") ? body : ""),
          ProblemType.QUEUE_NOT_FOUND);
    }
    assertProblem(client.get("/v1/queues/no-such/consumers"), ProblemType.QUEUE_NOT_FOUND);
  }

  @Test
  void any_client_reads_what_is_forwarded() throws IOException {
    String sink = bound("a.*");
    put(amqp(exchange, "a.b"));

    String id =
        send(
            "{\"payload\":{\"n\":1.10},\"type\":\"t\",\"correlationId\":\"c\",\"priority\":3,\"ttl\":\"PT1H\",\"group\":\"g\",\"headers\":{\"a\":\"b\",\"CC\":\"x\"}}");

    GetResponse got = next(sink);
    assertThat(new String(got.getBody(), StandardCharsets.UTF_8)).isEqualTo("{\"n\":1.10}");
    assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("a.b");
    assertThat(got.getProps().getMessageId()).isEqualTo(id);
    assertThat(got.getProps().getContentType()).isEqualTo("application/json");
    assertThat(got.getProps().getType()).isEqualTo("t");
    assertThat(got.getProps().getCorrelationId()).isEqualTo("c");
    assertThat(got.getProps().getPriority()).isEqualTo(3);
    assertThat(got.getProps().getDeliveryMode()).isEqualTo(2);
    assertThat(got.getProps().getTimestamp()).isNotNull();
    assertThat(got.getProps().getExpiration()).isNull();
    Map<String, String> headers =
        got.getProps().getHeaders().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue().toString()));
    assertThat(headers)
        .isEqualTo(
            Map.of(
                "a", "b",
                "x-posthaste-forward-attempt", "1",
                "x-posthaste-group", "g",
                "x-posthaste-headers", "{\"CC\":\"x\"}"));
    awaitEmpty();
  }

  @Test
  void bytes_are_forwarded_as_bytes() throws IOException {
    String sink = bound("#");
    put(amqp(exchange, ""));

    send("{\"payloadBase64\":\"AQI=\",\"contentType\":\"image/png\"}");

    GetResponse got = next(sink);
    assertThat(got.getBody()).containsExactly(1, 2);
    assertThat(got.getProps().getContentType()).isEqualTo("image/png");
  }

  private void awaitEmpty() {
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(client.get("/v1/queues/" + queue + "/stats").text())
                    .startsWith("{\"available\":0,\"delayed\":0,\"leased\":0,"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "rabbitmq"})
  void everything_in_a_queue_is_forwarded_once(String provider) throws IOException {
    queue = client.queue("{\"provider\":\"%s\"}".formatted(provider));
    String sink = bound("#");
    Set<String> sent = new HashSet<>();
    for (int batch = 0; batch < 5; batch++) {
      Answer answer =
          client.post(
              "/v1/queues/" + queue + "/messages/batch",
              IntStream.range(0, 200)
                  .mapToObj("{\"payload\":%d}"::formatted)
                  .collect(Collectors.joining(",", "{\"messages\":[", "]}")));
      sent.addAll(answer.each("results", "id"));
    }

    put(amqp(exchange, "k"));

    List<String> forwarded = new ArrayList<>();
    while (forwarded.size() < sent.size()) {
      forwarded.add(next(sink).getProps().getMessageId());
    }
    awaitEmpty();
    assertThat(forwarded).containsExactlyInAnyOrderElementsOf(sent);
    assertThat(amqp.messageCount(sink)).isZero();
    assertThat(client.get("/q/metrics").text())
        .contains("posthaste_consumer_forwarded_total{kind=\"amqp\",queue=\"" + queue + "\"} 1000")
        .contains("posthaste_consumer_in_flight{queue=\"" + queue + "\"} 0");
  }

  @Test
  void default_exchange_routes_to_the_queue_named() throws IOException {
    String sink = amqp.queueDeclare().getQueue();
    put(amqp("", sink));

    String id = send("{\"payload\":1}");

    assertThat(next(sink).getProps().getMessageId()).isEqualTo(id);
  }

  private Answer deadLetter() {
    String list = "/v1/dead-letters?queue=" + queue;
    Awaitility.await().until(() -> client.get(list).json().get("items").size() == 1);
    return client.get(list);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "rabbitmq"})
  void what_no_queue_takes_is_retried_and_ends_in_the_dead_letters(String provider) {
    queue = client.queue(TWICE.replaceFirst("\\{", "{\"provider\":\"" + provider + "\","));
    put(amqp(exchange, "nobody"));

    send("{\"payload\":1}");

    Answer dead = deadLetter();
    String reason =
        "The exchange '%s' has no queue for the routing key 'nobody'.".formatted(exchange);
    assertThat(dead.at("items/0/reason")).isEqualTo(reason);
    assertThat(dead.at("items/0/attempts")).isEqualTo("2");
    assertThat(dead.at("items/0/class")).isEqualTo("retries-exhausted");
    assertThat(client.get(path("out")).at("lastError/reason")).isEqualTo(reason);
    assertThat(client.get(path("out")).at("state")).isEqualTo("running");
    assertThat(client.get("/q/metrics").text())
        .contains(
            "posthaste_consumer_failed_total{kind=\"amqp\",queue=\"%s\",reason=\"unroutable\"} 2"
                .formatted(queue));
  }

  @Test
  void missing_exchange_is_named_and_costs_no_other() throws IOException {
    String sink = bound("#");
    String neighbour = queue;
    put(amqp(exchange, ""));
    queue = client.queue(TWICE);
    put(amqp("no-" + exchange, "a"));

    send("{\"payload\":1}");
    for (int i = 0; i < 50; i++) {
      client.post("/v1/queues/" + neighbour + "/messages", "{\"payload\":1}");
    }

    assertThat(deadLetter().at("items/0/reason"))
        .isEqualTo("There is no exchange 'no-%s'.".formatted(exchange));
    Awaitility.await().until(() -> amqp.messageCount(sink) == 50);
    assertThat(client.get("/v1/queues/" + neighbour + "/consumers/out").json().has("lastError"))
        .isFalse();
    assertThat(client.get("/v1/dead-letters?queue=" + neighbour).json().get("items")).isEmpty();
  }

  @Test
  void exchange_that_is_made_later_gets_what_waited() throws IOException {
    queue = client.queue("{\"retry\":{\"strategy\":\"fixed\",\"initial\":\"PT1S\",\"jitter\":0}}");
    String late = exchange + "-late";
    put(amqp(late, "a"));
    String id = send("{\"payload\":1}");
    Awaitility.await().until(() -> client.get(path("out")).json().has("lastError"));

    amqp.exchangeDeclare(late, "topic", false, true, Map.of());
    GetResponse got = next(bound(late, "#"));

    assertThat(got.getProps().getMessageId()).isEqualTo(id);
    assertThat(got.getProps().getHeaders().get("x-posthaste-forward-attempt")).isNotEqualTo(1);
  }

  @Test
  void full_queue_behind_the_exchange_follows_the_retry_policy() throws IOException {
    queue = client.queue(TWICE);
    amqp.queueDeclare(
        "full-" + queue,
        false,
        true,
        true,
        Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
    amqp.queueBind("full-" + queue, exchange, "#");
    put(amqp(exchange, ""));
    send("{\"payload\":1}");
    Awaitility.await().until(() -> amqp.messageCount("full-" + queue) == 1);

    send("{\"payload\":2}");

    assertThat(deadLetter().at("items/0/reason")).startsWith("RabbitMQ did not take it");
  }

  @Test
  void change_is_in_force_when_it_is_answered_and_nothing_is_taken_after_a_delete()
      throws IOException {
    String first = bound("first");
    String second = bound("second");
    put(amqp(exchange, "first"));
    send("{\"payload\":1}");
    next(first);

    put(amqp(exchange, "second"));
    send("{\"payload\":2}");
    next(second);

    client.delete(path("out"));
    String id = send("{\"payload\":3}");
    Answer received = client.post("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT10S\"}");
    assertThat(received.at("deliveries/0/message/id")).isEqualTo(id);
    assertThat(received.at("deliveries/0/attempt")).isEqualTo("1");
    assertThat(amqp.messageCount(first) + amqp.messageCount(second)).isZero();
  }

  @Test
  void consumers_go_with_their_queue() throws IOException {
    String sink = bound("#");
    put(amqp(exchange, ""));
    client.delete("/v1/queues/" + queue + "?force=true");
    client.put("/v1/queues/" + queue, "{}");

    send("{\"payload\":1}");

    assertThat(client.get("/v1/queues/" + queue + "/consumers").text()).isEqualTo("{\"items\":[]}");
    assertThat(client.post("/v1/queues/" + queue + "/receive", "").each("deliveries", "attempt"))
        .containsExactly("1");
    assertThat(amqp.messageCount(sink)).isZero();
  }
}
