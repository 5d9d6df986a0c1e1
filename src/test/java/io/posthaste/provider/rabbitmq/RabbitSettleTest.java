package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static java.util.Comparator.comparing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.database.FreshDatabase;
import io.posthaste.database.SqlSession;
import io.posthaste.message.Delivery;
import io.posthaste.message.Receipt;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.RetryPolicy;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is told of settlements of which some cannot be carried out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitSettleTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Vertx vertx = Vertx.vertx();
  private final String database = FreshDatabase.create();
  private RabbitReplica replica;

  @BeforeAll
  void start() {
    replica = new RabbitReplica(vertx, database, RabbitForTests.url(), new SettableClock());
  }

  @AfterAll
  void stop() {
    replica.close();
    vertx.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PATIENCE);
  }

  private static <T> T await(Future<T> answer) {
    return answer.toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  private List<Delivery> sentAndReceived(Queue queue, NewMessage... messages) {
    await(replica.provider().send(queue, List.of(messages)));
    return await(
        replica
            .provider()
            .receive(queue, new ReceiveRequest(10, Duration.ofMinutes(5), Duration.ZERO)));
  }

  private Uni<List<Outcome>> reject(Queue queue, List<Delivery> deliveries) {
    return replica
        .provider()
        .settle(
            queue,
            deliveries.stream()
                .<Settlement>map(it -> new Settlement.Reject(it.receipt(), "no", false))
                .toList());
  }

  private Channel channelOf(Queue queue, Delivery delivery) {
    RabbitReceipt receipt = RabbitReceipt.decode(delivery.receipt()).orElseThrow();
    return replica.engine().holdings().find(receipt, queue.id()).orElseThrow().arrival().channel();
  }

  @Test
  void delivery_that_ends_while_it_is_given_back_is_told_as_lost() throws IOException {
    Queue queue = replica.define("settle-ended", new RetryPolicy.None());
    Delivery delivery = sentAndReceived(queue, aMessage().build()).getFirst();
    Channel channel = channelOf(queue, delivery);
    SqlConnection blocker = await(replica.pool().getConnection());
    Transaction blocking = await(blocker.begin());
    await(blocker.query("LOCK TABLE failure IN ACCESS EXCLUSIVE MODE").execute());

    CompletableFuture<List<Outcome>> told =
        reject(queue, List.of(delivery)).subscribeAsCompletionStage();
    Awaitility.await()
        .until(
            () ->
                SqlSession.at(database)
                    .query("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    .equals("1"));
    channel.abort();
    await(blocking.rollback());
    await(blocker.close());

    assertThat(told.orTimeout(10, TimeUnit.SECONDS).join()).containsExactly(Outcome.LEASE_LOST);
  }

  @Test
  void one_that_the_outbox_refuses_fails_no_other() {
    Queue queue = replica.define("settle-refused", new RetryPolicy.Fixed(Duration.ofHours(1), 0));
    NewMessage refused = aMessage().withType("refused").build();
    List<Delivery> deliveries =
        new ArrayList<>(sentAndReceived(queue, refused, aMessage().build(), aMessage().build()));
    // The broker may have got them in another order, by two channels
    deliveries.sort(comparing(it -> !it.message().id().equals(refused.id())));
    SqlSession.at(database)
        .run("ALTER TABLE outbox ADD CONSTRAINT refusing CHECK (type IS DISTINCT FROM 'refused')");

    List<Outcome> told = await(reject(queue, deliveries));

    assertThat(told).containsExactly(Outcome.LEASE_LOST, Outcome.REJECTED, Outcome.REJECTED);
    SqlSession.at(database).run("ALTER TABLE outbox DROP CONSTRAINT refusing");
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              replica.upkeep();
              QueueStats stats = await(replica.provider().stats(queue));
              assertThat(stats.delayed()).isEqualTo(3);
              assertThat(stats.leased()).isZero();
              assertThat(stats.available()).isZero();
            });
  }

  @Test
  void replica_that_does_not_answer_hides_no_answer_of_another() throws IOException {
    Queue queue = replica.define("settle-silent");
    List<Delivery> deliveries = sentAndReceived(queue, aMessage().build(), aMessage().build());
    Receipt elsewhere = new RabbitReceipt(4711, 1, 2, 3).encoded();

    try (Connection silent = RabbitForTests.connect()) {
      silent
          .createChannel()
          .queueDeclare("posthaste.replica." + Long.toHexString(4711), false, true, true, Map.of());

      assertThat(await(ack(queue, elsewhere, deliveries.getFirst().receipt())))
          .containsExactly(Outcome.UNANSWERED, Outcome.ACKED);
      assertThatThrownBy(() -> await(ack(queue, elsewhere))).isInstanceOf(OutcomeUnknown.class);
    }

    // Who is gone has no leases
    assertThat(await(ack(queue, elsewhere, deliveries.getLast().receipt())))
        .containsExactly(Outcome.LEASE_LOST, Outcome.ACKED);
  }

  private Uni<List<Outcome>> ack(Queue queue, Receipt... receipts) {
    return replica
        .provider()
        .settle(queue, Stream.of(receipts).<Settlement>map(Settlement.Ack::new).toList());
  }

  @Test
  void one_id_in_two_queues_is_tried_again_in_each() {
    RetryPolicy soon = new RetryPolicy.Fixed(Duration.ofMillis(200), 0);
    Queue one = replica.define("settle-one", soon);
    Queue two = replica.define("settle-two", soon);
    // As an exchange does to which both are bound
    NewMessage message = aMessage().build();
    List<Delivery> inOne = sentAndReceived(one, message);
    List<Delivery> inTwo = sentAndReceived(two, message);

    assertThat(await(reject(one, inOne))).containsExactly(Outcome.REJECTED);
    assertThat(await(reject(two, inTwo))).containsExactly(Outcome.REJECTED);

    assertThat(receivedAgain(one)).extracting(Delivery::attempt).containsExactly(2);
    assertThat(receivedAgain(two)).extracting(Delivery::attempt).containsExactly(2);
  }

  private List<Delivery> receivedAgain(Queue queue) {
    return await(
        replica
            .provider()
            .receive(queue, new ReceiveRequest(10, Duration.ofMinutes(5), Duration.ofSeconds(5))));
  }
}
