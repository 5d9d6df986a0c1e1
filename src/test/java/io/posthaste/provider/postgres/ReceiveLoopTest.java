package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.SqlSession;
import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.message.UuidV7;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Receivers while a claim or the writing of leases does not come to an end. */
final class ReceiveLoopTest {
  private static final Duration LEASE = Duration.ofMinutes(5);
  private static final Duration LONG = Duration.ofSeconds(20);

  /** So many that a claim goes out beside another one. */
  private static final int MANY = 1000;

  private static final int COMMIT = 1;
  private static final int CLAIM = 2;

  private final PostgresUnderTest under = PostgresUnderTest.onlyReplica();
  private final QueueProvider provider = under.provider();
  private final Vertx vertx = Vertx.vertx();
  private final Queue queue = define("one");
  private final Queue other = define("other");
  private final Pool pool = FreshDatabase.pool(vertx, under.url());

  /** Nobody calls it from time to time, so that nothing is given up. */
  private final ReceiveLoop loop = loop();

  private final SqlConnection holder = get(FreshDatabase.connection(vertx, under.url()));

  private ReceiveLoop loop() {
    SettableClock clock = new SettableClock();
    RandomGenerator random = RandomGenerator.getDefault();
    return new ReceiveLoop(
        vertx,
        new Claim(pool, clock, new UuidV7(InstantSource.system(), random), () -> false),
        new NextDue(pool, clock),
        (_, _) -> {},
        (_, _, _) -> {},
        new OtherReceivers(random),
        false);
  }

  @AfterEach
  void close() {
    loop.stop();
    get(holder.close());
    get(pool.close());
    under.close();
    get(vertx.close());
  }

  private Queue define(String name) {
    Defined defined =
        await(under.queues().define(new QueueName(name), provider.name(), QueuePolicy.DEFAULT));
    return ((Defined.Created) defined).queue();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private static <T> T get(Future<T> future) {
    return get(future.toCompletionStage().toCompletableFuture());
  }

  private static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static CompletableFuture<List<Delivery>> asked(Uni<List<Delivery>> answer) {
    return answer.subscribeAsCompletionStage().toCompletableFuture();
  }

  private static ReceiveRequest upTo(int max, Duration wait) {
    return new ReceiveRequest(max, LEASE, wait);
  }

  private MessageId send(int priority) {
    NewMessage message = aMessage().withPriority(priority).build();
    await(provider.send(queue, List.of(message)));
    return message.id();
  }

  private static List<MessageId> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(delivery -> delivery.message().id()).toList();
  }

  private void awaitStuck(int statements) {
    SqlSession session = SqlSession.at(under.url());
    String stuck =
        "SELECT count(*) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND wait_event_type = 'Lock'";
    Awaitility.await().until(() -> session.query(stuck).equals(String.valueOf(statements)));
  }

  @Test
  void receive_that_does_not_wait_is_refused_in_time_though_a_claim_of_others_is_stuck() {
    get(holder.query("BEGIN").execute());
    get(holder.query("LOCK TABLE ready").execute());
    CompletableFuture<List<Delivery>> stuck = asked(provider.receive(other, upTo(1, LONG)));
    awaitStuck(1);

    CompletableFuture<List<Delivery>> refused =
        asked(provider.receive(queue, upTo(1, Duration.ZERO)));

    assertThatThrownBy(() -> refused.orTimeout(3, TimeUnit.SECONDS).join())
        .hasCauseInstanceOf(ProviderUnavailable.class);
    assertThatThrownBy(() -> get(stuck)).hasCauseInstanceOf(ProviderUnavailable.class);
    get(holder.query("ROLLBACK").execute());
  }

  @Test
  void queue_has_one_claim_under_way_also_after_leases_could_not_be_written() {
    failLeasesThatHaveToWait();
    hold(COMMIT);
    hold(CLAIM);
    MessageId first = send(0);
    CompletableFuture<List<Delivery>> failed = asked(loop.receive(queue, upTo(1, LONG)));
    awaitStuck(1);
    MessageId urgent = send(9);
    CompletableFuture<List<Delivery>> claiming = asked(loop.receive(queue, upTo(MANY, LONG)));
    awaitStuck(2);

    release(COMMIT);
    assertThatThrownBy(() -> get(failed)).isNotNull();
    CompletableFuture<List<Delivery>> next = asked(loop.receive(queue, upTo(1, LONG)));
    // Goes out with whatever else there is to claim
    assertThat(get(asked(loop.receive(other, upTo(MANY, Duration.ZERO))))).isEmpty();
    release(CLAIM);

    assertThat(ids(get(claiming))).containsExactly(urgent);
    assertThat(ids(get(next))).containsExactly(first);
  }

  private void failLeasesThatHaveToWait() {
    SqlSession session = SqlSession.at(under.url());
    session.run(
        """
        CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NOT pg_try_advisory_xact_lock_shared(%1$d) THEN
            PERFORM pg_advisory_xact_lock_shared(%1$d);
            RAISE EXCEPTION 'late';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse_late BEFORE INSERT ON lease
          FOR EACH ROW EXECUTE FUNCTION refuse_late();
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          PERFORM pg_advisory_xact_lock_shared(%2$d);
          RETURN OLD;
        END $$;
        CREATE TRIGGER wait BEFORE DELETE ON ready
          FOR EACH ROW WHEN (OLD.priority = 9) EXECUTE FUNCTION wait();
        """
            .formatted(COMMIT, CLAIM));
  }

  private void hold(int lock) {
    get(holder.query("SELECT pg_advisory_lock(%d)".formatted(lock)).execute());
  }

  private void release(int lock) {
    get(holder.query("SELECT pg_advisory_unlock(%d)".formatted(lock)).execute());
  }
}
