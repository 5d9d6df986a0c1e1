package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.posthaste.database.PostgresForTests;
import io.posthaste.provider.rabbitmq.RabbitForTests;
import io.posthaste.provider.redis.RedisForTests;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes out of PostgreSQL arrives in the queues of every broker: replays and schedules. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
@WithTestResource(RabbitForTests.class)
@WithTestResource(RedisForTests.class)
final class AcrossProvidersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LETTERS = 5;

  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @ParameterizedTest
  @CsvSource({
    "postgres, rabbitmq",
    "postgres, redis",
    "rabbitmq, postgres",
    "rabbitmq, redis",
    "redis, postgres",
    "redis, rabbitmq",
    "rabbitmq, rabbitmq",
    "redis, redis"
  })
  void each_letter_arrives_exactly_once(String from, String to) {
    String source = client.queue("{\"provider\":\"%s\"}".formatted(from));
    String target = client.queue("{\"provider\":\"%s\"}".formatted(to));
    List<String> payloads = IntStream.range(0, LETTERS).mapToObj(i -> "{\"n\":" + i + "}").toList();
    payloads.forEach(payload -> die(source, payload));
    Awaitility.await().atMost(PATIENCE).until(() -> letters(source).size() == LETTERS);

    String replay =
        client
            .post(
                "/v1/dead-letters/replay",
                "{\"filter\":{\"queue\":\"%s\"},\"to\":\"%s\"}".formatted(source, target))
            .at("id");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> client.get("/v1/dead-letters/replays/" + replay).json().has("finishedAt"));

    assertThat(client.get("/v1/dead-letters/replays/" + replay).at("replayed"))
        .isEqualTo("" + LETTERS);
    List<String> arrived = new ArrayList<>();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              arrived.addAll(receiveAndAck(target));
              return arrived.size() >= LETTERS;
            });
    assertThat(arrived).containsExactlyInAnyOrderElementsOf(payloads);
    // What a second copy would be: waiting, leased or dead
    assertThat(receiveAndAck(target)).isEmpty();
    JsonNode left = client.get("/v1/queues/" + target + "/stats").json();
    assertThat(left.get("available").asInt() + left.get("delayed").asInt()).isZero();
    assertThat(left.get("leased").asInt()).isZero();
    assertThat(letters(source)).isEmpty();
    assertThat(letters(target)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "rabbitmq", "redis"})
  void schedule_sends_each_occurrence_once(String provider) {
    String target = client.queue("{\"provider\":\"%s\"}".formatted(provider));
    client.put(
        "/v1/schedules/" + target,
        "{\"every\":\"PT1S\",\"limit\":2,\"target\":{\"queue\":\"%s\"},\"message\":{\"payload\":{\"n\":\"{{count}}\"}}}"
            .formatted(target));

    List<String> arrived = new ArrayList<>();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              arrived.addAll(receiveAndAck(target));
              return arrived.size() >= 2;
            });

    assertThat(receiveAndAck(target)).isEmpty();
    assertThat(arrived).containsExactly("{\"n\":\"1\"}", "{\"n\":\"2\"}");
  }

  private void die(String queue, String payload) {
    String path = "/v1/queues/" + queue;
    client.post(path + "/messages", "{\"payload\":" + payload + "}");
    String receipt =
        client.post(path + "/receive", "{\"wait\":\"PT10S\"}").at("deliveries/0/receipt");
    Answer answer =
        client.post(
            path + "/reject", "{\"receipts\":[\"%s\"],\"permanent\":true}".formatted(receipt));
    assertThat(answer.each("results", "outcome")).containsExactly("dead");
  }

  private List<String> letters(String queue) {
    return client.get("/v1/dead-letters?limit=1000&queue=" + queue).each("items", "id");
  }

  private List<String> receiveAndAck(String queue) {
    String path = "/v1/queues/" + queue;
    List<String> payloads = new ArrayList<>();
    List<String> receipts = new ArrayList<>();
    for (JsonNode delivery :
        client
            .post(path + "/receive", "{\"max\":100,\"wait\":\"PT0.5S\"}")
            .json()
            .get("deliveries")) {
      payloads.add(delivery.at("/message/payload").toString());
      assertThat(delivery.get("attempt").asInt()).isOne();
      receipts.add('"' + delivery.get("receipt").asText() + '"');
    }
    if (!receipts.isEmpty()) {
      client.post(path + "/ack", "{\"receipts\":" + receipts + "}");
    }
    return payloads;
  }
}
