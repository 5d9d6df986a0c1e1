package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Delivery;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Settlement;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Receivers that hang up in the very moment in which a message comes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitRaceTest {
  private static final int ROUNDS = 150;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Vertx vertx = Vertx.vertx();
  private final String database = FreshDatabase.create();
  private final SettableClock clock = new SettableClock();
  private RabbitReplica first;
  private RabbitReplica second;
  private Queue queue;

  @BeforeAll
  void start() {
    first = new RabbitReplica(vertx, database, RabbitForTests.url(), clock);
    second = new RabbitReplica(vertx, database, RabbitForTests.url(), clock);
    queue = first.define("races");
    // What was before is nobody's to vouch for
    Awaitility.await()
        .until(
            () ->
                first.engine().peers().unharmedFor(Duration.ofSeconds(3))
                    && second.engine().peers().unharmedFor(Duration.ofSeconds(3)));
  }

  @AfterAll
  void stop() {
    second.close();
    first.close();
    vertx.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PATIENCE);
  }

  private static ReceiveRequest waiting(Duration span) {
    return new ReceiveRequest(1, Duration.ofMinutes(5), span);
  }

  @Test
  void message_that_nobody_saw_costs_no_attempt() {
    List<Integer> attempts = new ArrayList<>();
    int given = 0;
    for (int i = 0; i < ROUNDS; i++) {
      Cancellable one = hangingUp(first);
      Cancellable other = hangingUp(second);
      var sent =
          first.provider().send(queue, List.of(aMessage().build())).subscribeAsCompletionStage();
      one.cancel();
      other.cancel();
      sent.join();
      List<Delivery> received = awaitReceivedUnlessHeld(given);
      // One of them had it before it hung up
      given += received.isEmpty() ? 1 : 0;
      received.forEach(delivery -> attempts.add(delivery.attempt()));
    }

    assertThat(attempts).containsOnly(1);
    QueueStats stats = await(first.provider().stats(queue));
    assertThat(stats.inQueue()).isEqualTo(given);
    assertThat(stats.dead()).isZero();
  }

  /** Receives, and acks. Empty once more than so many are held. */
  private List<Delivery> awaitReceivedUnlessHeld(int before) {
    List<Delivery> received = new ArrayList<>();
    Awaitility.await()
        .until(
            () -> {
              received.addAll(
                  await(second.provider().receive(queue, waiting(Duration.ofMillis(500)))));
              return !received.isEmpty() || held() > before;
            });
    for (Delivery delivery : received) {
      await(second.provider().settle(queue, List.of(new Settlement.Ack(delivery.receipt()))));
    }
    return received;
  }

  private int held() {
    return first.engine().holdings().count(queue.id())
        + second.engine().holdings().count(queue.id());
  }

  @Test
  void message_whose_holder_is_lost_costs_an_attempt() {
    try (RabbitReplica third =
        new RabbitReplica(vertx, database, RabbitForTests.url(), new SettableClock())) {
      Awaitility.await().until(() -> first.engine().peers().unharmedFor(Duration.ofMillis(1)));
      await(first.provider().send(queue, List.of(aMessage().build())));
      assertThat(await(third.provider().receive(queue, waiting(Duration.ofSeconds(5))))).hasSize(1);
    }

    Delivery again =
        await(first.provider().receive(queue, waiting(Duration.ofSeconds(5)))).getFirst();

    assertThat(again.attempt()).isEqualTo(2);
    await(first.provider().settle(queue, List.of(new Settlement.Ack(again.receipt()))));
  }

  private Cancellable hangingUp(RabbitReplica replica) {
    return replica
        .provider()
        .receive(queue, waiting(Duration.ofSeconds(5)))
        .subscribe()
        .with(_ -> {}, _ -> {});
  }
}
