package io.posthaste.provider.redis;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.message.Delivery;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.store.StoresForTests;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody wrote into a queue's stream by hand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ForeignEntriesTest {
  private final Vertx vertx = Vertx.vertx();
  private RedisServer server;
  private RedisReplica replica;

  @BeforeAll
  void start() {
    server = RedisServer.durable();
    replica =
        new RedisReplica(
            vertx, RedisUrl.parse(server.url()), FreshDatabase.create(), RedisClock.SERVER);
  }

  @AfterAll
  void stop() {
    replica.close();
    vertx.close();
    server.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(10));
  }

  private Queue queue(String name) {
    Queue queue =
        ((Defined.Created)
                await(
                    replica
                        .queues()
                        .define(new QueueName(name), RedisQueueProvider.NAME, QueuePolicy.DEFAULT)))
            .queue();
    // The first message makes the stream
    await(replica.provider().send(queue, List.of(aMessage().build())));
    assertThat(receive(queue)).hasSize(1);
    return queue;
  }

  private void write(Queue queue, Object... fields) {
    Object[] words = new Object[fields.length + 2];
    words[0] = "posthaste:{" + queue.id() + "}:stream";
    // Behind those of ours, which are on the server's clock
    words[1] = (System.currentTimeMillis() + 1000) + "-0";
    System.arraycopy(fields, 0, words, 2, fields.length);
    server.call(Command.XADD, words);
  }

  private List<Delivery> receive(Queue queue) {
    return await(
        replica
            .provider()
            .receive(queue, new ReceiveRequest(10, Duration.ofMinutes(5), Duration.ZERO)));
  }

  private List<DeadLetter> letters(Queue queue) {
    DeadLetterFilter filter =
        new DeadLetterFilter(
            Optional.of(queue.name().value()),
            Optional.of(DeadLetterClass.POISON),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    return await(StoresForTests.deadLetters(replica.pool()).list(filter, Optional.empty(), 10));
  }

  @Test
  void entry_that_is_not_ours_is_poison_and_holds_nobody_up() {
    Queue queue = queue("foreign");
    write(queue, "greeting", "hello");

    assertThat(receive(queue)).isEmpty();

    Awaitility.await().until(() -> letters(queue).size() == 1);
    DeadLetter letter = letters(queue).getFirst();
    assertThat(letter.message().content().payload().bytes())
        .asString()
        .isEqualTo("greeting\nhello");
    assertThat(letter.reason()).contains("without id");
    NewMessage next = aMessage().build();
    await(replica.provider().send(queue, List.of(next)));
    assertThat(receive(queue)).extracting(it -> it.message().id()).containsExactly(next.id());
  }

  @ParameterizedTest
  @CsvSource({"attempt, -5", "attempt, 99999999999", "due, 1e300", "ttl, soon", "enqueued, -1"})
  void entry_with_a_number_that_no_script_can_work_with_is_poison(String field, String number) {
    Queue queue = queue("unreckonable-" + field + number.length());
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("id", UUID.randomUUID().toString());
    fields.put("enqueued", System.currentTimeMillis() + "000");
    fields.put("payload", "1");
    fields.put(field, number);
    write(
        queue,
        fields.entrySet().stream().flatMap(it -> Stream.of(it.getKey(), it.getValue())).toArray());

    assertThat(receive(queue)).isEmpty();

    Awaitility.await().until(() -> letters(queue).size() == 1);
  }

  @Test
  void headers_that_are_no_texts_are_poison() {
    Queue queue = queue("headers-of-numbers");
    String now = System.currentTimeMillis() + "000";
    String id = UUID.randomUUID().toString();
    write(queue, "id", id, "enqueued", now, "payload", "1", "headers", "{\"h\":5}");

    assertThat(receive(queue)).isEmpty();

    Awaitility.await().until(() -> letters(queue).size() == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"priority", "headers", "type"})
  void entry_with_a_field_that_no_message_can_have_is_poison(String field) {
    Queue queue = queue("undecodable-" + field);
    String wrong = field.equals("type") ? "x".repeat(300) : "{wrong";
    String now = System.currentTimeMillis() + "000";
    write(queue, "id", UUID.randomUUID().toString(), "enqueued", now, "payload", "1", field, wrong);

    assertThat(receive(queue)).isEmpty();

    Awaitility.await().until(() -> letters(queue).size() == 1);
    assertThat(letters(queue).getFirst().reason()).isEqualTo("cannot be decoded");
  }
}
