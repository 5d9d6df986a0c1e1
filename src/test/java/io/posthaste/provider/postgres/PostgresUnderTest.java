package io.posthaste.provider.postgres;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.SqlSession;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.UuidV7;
import io.posthaste.outbox.OutboxForTests;
import io.posthaste.provider.postgres.PostgresReplica.Sharing;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.queue.contract.ProviderUnderTest;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;

/** The provider on a database of its own, as one replica that owns it or as two that share it. */
final class PostgresUnderTest implements ProviderUnderTest {
  private final Vertx vertx = Vertx.vertx();
  private final SettableClock clock = new SettableClock();
  private final String url;
  private final PostgresReplica first;
  private final PostgresReplica second;

  private PostgresUnderTest(Sharing sharing) {
    url = FreshDatabase.create();
    first = new PostgresReplica(vertx, url, clock, sharing);
    second = sharing == Sharing.SHARED ? new PostgresReplica(vertx, url, clock, sharing) : first;
  }

  static PostgresUnderTest twoReplicas() {
    return new PostgresUnderTest(Sharing.SHARED);
  }

  /** As with the embedded database: nobody else sends, and the receive loop relies on that. */
  static PostgresUnderTest onlyReplica() {
    return new PostgresUnderTest(Sharing.ALONE);
  }

  @Override
  public QueueProvider provider() {
    return first.provider();
  }

  @Override
  public QueueProvider replica() {
    return second.provider();
  }

  @Override
  public Queues queues() {
    return first.queues();
  }

  @Override
  public DeadLetterStore deadLetters() {
    return StoresForTests.deadLetters(first.pool());
  }

  /** Starts what confirms deliveries, which replicas in the contract do without. */
  void awaitConfirming() {
    first.engine().handovers().start();
    Awaitility.await().until(first.engine().handovers()::ready);
  }

  String url() {
    return url;
  }

  PostgresReplays replays() {
    return new PostgresReplays(
        first.pool(), clock, new UuidV7(clock::now, RandomGenerator.getDefault()));
  }

  ReplaySteps replaySteps() {
    return first.engine().replaySteps(OutboxForTests.of(first.pool(), clock));
  }

  long unconfirmedLeases() {
    return Long.parseLong(
        SqlSession.at(url).query("SELECT count(*) FROM lease WHERE confirm_by IS NOT NULL"));
  }

  @Override
  public Instant now() {
    return clock.now();
  }

  @Override
  public Duration unit() {
    return Duration.ofSeconds(1);
  }

  @Override
  public void pass(Duration span) {
    clock.leap(span);
    upkeep();
    first.lookAgain();
    second.lookAgain();
  }

  @Override
  public void upkeep() {
    first.upkeep();
    second.upkeep();
  }

  @Override
  public void close() {
    if (second != first) {
      second.close();
    }
    first.close();
    vertx.close();
  }
}
