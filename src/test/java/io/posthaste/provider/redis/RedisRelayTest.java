package io.posthaste.provider.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Content;
import io.posthaste.message.Delivery;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.Deliverable;
import io.posthaste.queue.Move;
import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What comes out of the outbox, which may give a message more than once. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RedisRelayTest {
  private final Vertx vertx = Vertx.vertx();
  private RedisServer server;
  private RedisReplica replica;
  private RedisQueueProvider provider;

  @BeforeAll
  void start() {
    server = RedisServer.durable();
    replica =
        new RedisReplica(vertx, RedisUrl.parse(server.url()), FreshDatabase.create(), () -> 0);
    provider = (RedisQueueProvider) replica.provider();
  }

  @AfterAll
  void stop() {
    replica.close();
    server.close();
    vertx.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(5));
  }

  private Queue queue(String name, QueuePolicy policy) {
    return ((Defined.Created)
            await(replica.queues().define(new QueueName(name), RedisQueueProvider.NAME, policy)))
        .queue();
  }

  private static QueuePolicy dropping() {
    QueuePolicy usual = QueuePolicy.DEFAULT;
    return new QueuePolicy(
        usual.lease(),
        usual.maxAttempts(),
        usual.retry(),
        usual.retention(),
        OnExpiry.DROP,
        usual.ordering(),
        usual.deduplicationWindow(),
        usual.maxMessageSize());
  }

  private static Deliverable deliverable(long entry, UUID id, @Nullable Instant expires) {
    Payload payload = new Payload.Json("1".getBytes(StandardCharsets.UTF_8));
    return new Deliverable(
        new Message(new MessageId(id), Content.of(payload), Instant.now()),
        0,
        Instant.now(),
        expires,
        new Move(entry, UUID.randomUUID()));
  }

  private List<Delivery> receive(Queue queue) {
    return await(
        provider.receive(queue, new ReceiveRequest(10, Duration.ofMinutes(1), Duration.ZERO)));
  }

  @Test
  void message_that_comes_again_is_there_once_even_after_it_was_acked() {
    Queue queue = queue("again", QueuePolicy.DEFAULT);
    UUID id = UUID.randomUUID();

    assertThat(await(provider.publish(queue, List.of(deliverable(7, id, null)))))
        .containsExactly(new SendOutcome.Stored(new MessageId(id)));
    assertThat(await(provider.publish(queue, List.of(deliverable(7, id, null)))))
        .containsExactly(new SendOutcome.Stored(new MessageId(id)));
    List<Delivery> received = receive(queue);
    await(provider.settle(queue, List.of(new Settlement.Ack(received.getFirst().receipt()))));
    await(provider.publish(queue, List.of(deliverable(7, id, null))));

    assertThat(received).hasSize(1);
    assertThat(receive(queue)).isEmpty();
  }

  @Test
  void later_stay_in_the_outbox_is_another_message() {
    Queue queue = queue("later", QueuePolicy.DEFAULT);
    UUID id = UUID.randomUUID();
    await(provider.publish(queue, List.of(deliverable(8, id, null))));
    await(provider.settle(queue, List.of(new Settlement.Ack(receive(queue).getFirst().receipt()))));

    await(provider.publish(queue, List.of(deliverable(9, id, null))));

    assertThat(receive(queue)).hasSize(1);
  }

  @Test
  void message_whose_time_is_over_expires_in_its_queue() {
    Queue queue = queue("over", dropping());

    await(
        provider.publish(
            queue, List.of(deliverable(10, UUID.randomUUID(), Instant.now().minusSeconds(60)))));

    Awaitility.await()
        .untilAsserted(
            () -> {
              replica.upkeep();
              assertThat(await(provider.stats(queue)).inQueue()).isZero();
            });
  }

  @Test
  void queue_that_was_dropped_takes_nothing() {
    Queue queue = queue("dropped", QueuePolicy.DEFAULT);
    await(provider.drop(queue));

    assertThat(await(provider.publish(queue, List.of(deliverable(11, UUID.randomUUID(), null)))))
        .containsExactly(new SendOutcome.QueueChanged());
  }
}
