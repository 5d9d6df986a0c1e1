package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.database.FreshDatabase;
import io.posthaste.database.NotificationsForTests;
import io.posthaste.database.SqlSession;
import io.posthaste.message.Delivery;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueStore;
import io.posthaste.queue.Queues.Removal;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Queues whose removal was cut short, or that another replica is just removing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitRemovalTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Vertx vertx = Vertx.vertx();
  private final String database = FreshDatabase.create();
  private final Connection connection = RabbitForTests.connect();
  private RabbitReplica replica;

  @BeforeAll
  void start() {
    replica = new RabbitReplica(vertx, database, RabbitForTests.url(), new SettableClock());
  }

  @AfterAll
  void stop() throws IOException {
    connection.close();
    replica.close();
    vertx.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PATIENCE);
  }

  private SendOutcome send(Queue queue) {
    return await(replica.provider().send(queue, List.of(aMessage().build()))).getFirst();
  }

  private boolean isAtBroker(Queue queue) throws IOException, TimeoutException {
    try (Channel look = connection.createChannel()) {
      look.queueDeclarePassive(queue.name().value());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void deleteAtBroker(Queue queue) throws IOException, TimeoutException {
    try (Channel channel = connection.createChannel()) {
      channel.queueDelete(queue.name().value());
    }
  }

  @Test
  void queue_that_another_replica_has_removed_is_not_declared_again() throws Exception {
    Queue queue = replica.define("removed-elsewhere");
    await(replica.queues().get(queue.name()));
    // Without a word of it
    SqlSession.at(database).run("DELETE FROM queue WHERE id = " + queue.id());
    deleteAtBroker(queue);

    assertThat(send(queue)).isInstanceOf(SendOutcome.QueueChanged.class);
    assertThat(isAtBroker(queue)).isFalse();
  }

  /** As if the replica had been lost before the broker's queue was removed. */
  private void deleteDefinition(Queue queue) {
    QueueStore store =
        StoresForTests.queues(replica.pool(), NotificationsForTests.started(vertx, replica.pool()));
    await(store.delete(queue, Removal.WITH_MESSAGES));
    replica.queues().forget(queue.name());
  }

  private void endClaims() {
    SqlSession.at(database).run("UPDATE left_queue SET claimed_until = now()");
  }

  private String left() {
    return SqlSession.at(database).query("SELECT count(*) FROM left_queue");
  }

  @Test
  void removed_queue_leaves_nothing_behind() throws Exception {
    Queue queue = replica.define("removed");

    await(replica.queues().remove(queue.name(), Removal.WITH_MESSAGES));

    assertThat(isAtBroker(queue)).isFalse();
    assertThat(left()).isEqualTo("0");
  }

  @Test
  void queue_that_is_removed_under_load_holds_up_no_other() {
    Queue other = replica.define("beside-removed");
    for (int i = 0; i < 5; i++) {
      Queue busy = replica.define("removed-under-load-" + i);
      List<CompletableFuture<?>> sends =
          Stream.generate(() -> aMessage().build())
              .limit(1000)
              .map(message -> replica.provider().send(busy, List.of(message)))
              .<CompletableFuture<?>>map(Uni::subscribeAsCompletionStage)
              .toList();

      await(replica.queues().remove(busy.name(), Removal.WITH_MESSAGES));

      assertThat(send(other)).isInstanceOf(SendOutcome.Stored.class);
      assertThat(sends).allSatisfy(send -> assertThat(send).succeedsWithin(PATIENCE));
    }
  }

  @Test
  void queue_that_is_removed_while_it_is_read_ends_no_lease_of_another() {
    Queue other = replica.define("leased-beside-removed");
    send(other);
    Delivery held = receive(other, PATIENCE).getFirst();
    for (int i = 0; i < 20; i++) {
      Queue read = replica.define("removed-while-read-" + i);
      AtomicBoolean removed = new AtomicBoolean();
      CompletableFuture<?> reader =
          CompletableFuture.runAsync(
              () -> {
                while (!removed.get()) {
                  receive(read, Duration.ofMillis(1));
                }
              });
      send(read);

      await(replica.queues().remove(read.name(), Removal.WITH_MESSAGES));

      removed.set(true);
      assertThat(reader).succeedsWithin(PATIENCE);
    }

    assertThat(settle(other, new Settlement.Ack(held.receipt()))).isEqualTo(Outcome.ACKED);
  }

  private List<Delivery> receive(Queue queue, Duration wait) {
    return await(
        replica.provider().receive(queue, new ReceiveRequest(10, Duration.ofMinutes(5), wait)));
  }

  private Outcome settle(Queue queue, Settlement settlement) {
    return await(replica.provider().settle(queue, List.of(settlement))).getFirst();
  }

  @Test
  void queue_whose_removal_was_cut_short_is_dropped_when_its_claim_is_over() throws Exception {
    Queue queue = replica.define("cut-short");
    deleteDefinition(queue);
    await(replica.queues().dropLeft(RabbitQueueProvider.NAME));
    assertThat(isAtBroker(queue)).isTrue();
    endClaims();

    await(replica.queues().dropLeft(RabbitQueueProvider.NAME));

    assertThat(isAtBroker(queue)).isFalse();
    assertThat(left()).isEqualTo("0");
  }

  @Test
  void queue_of_the_same_name_has_none_of_the_old_messages() {
    Queue queue = replica.define("reused");
    send(queue);
    deleteDefinition(queue);
    assertThatThrownBy(() -> replica.define("reused")).isInstanceOf(ProviderUnavailable.class);
    endClaims();

    Queue again = replica.define("reused");

    assertThat(await(replica.provider().stats(again)).available()).isZero();
    assertThat(left()).isEqualTo("0");
  }

  @Test
  void queue_that_was_defined_anew_is_not_dropped() {
    Queue queue = replica.define("anew");
    send(queue);
    // An older version does not look for what is left
    SqlSession.at(database).run("INSERT INTO left_queue VALUES (0, 'rabbitmq', 'anew', now())");

    await(replica.queues().dropLeft(RabbitQueueProvider.NAME));

    assertThat(await(replica.provider().stats(queue)).available()).isOne();
    assertThat(left()).isEqualTo("0");
  }

  @Test
  void queue_that_somebody_else_has_deleted_at_the_broker_is_declared_again() throws Exception {
    Queue queue = replica.define("lost-at-broker");
    deleteAtBroker(queue);

    assertThat(send(queue)).isInstanceOf(SendOutcome.Stored.class);
    assertThat(isAtBroker(queue)).isTrue();
  }
}
