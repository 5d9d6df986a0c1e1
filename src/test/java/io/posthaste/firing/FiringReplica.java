package io.posthaste.firing;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.NotificationsForTests;
import io.posthaste.outbox.OutboxForTests;
import io.posthaste.provider.postgres.LocalMessagesForTests;
import io.posthaste.queue.Providers;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.QueueStore;
import io.posthaste.queue.Queues;
import io.posthaste.queue.QueuesForTests;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Calendars;
import io.posthaste.scheduling.HistoryEntry.Outcome;
import io.posthaste.scheduling.ScheduleEvents;
import io.posthaste.scheduling.ScheduleStore;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What {@link Firing} builds, on a database and a clock of a test's choice. */
final class FiringReplica implements AutoCloseable {
  private final Pool pool;
  private final QueueStore queues;
  private final FiringEngine engine;

  FiringReplica(Vertx vertx, String url, SettableClock clock, QueueProvider... others) {
    pool = FreshDatabase.pool(vertx, url);
    queues = StoresForTests.queues(pool, NotificationsForTests.started(vertx, pool));
    Providers providers = QueuesForTests.providers(others);
    Queues known = QueuesForTests.of(queues, others);
    engine =
        new FiringEngine(
            new FiringEngine.Surroundings(
                vertx,
                pool,
                clock,
                () -> known,
                () -> providers,
                LocalMessagesForTests.of(clock),
                OutboxForTests.of(pool, clock),
                new Silence()));
  }

  /** Fires from now on. */
  FiringReplica started() {
    engine.loop().look();
    return this;
  }

  private static final class Silence implements ScheduleEvents {
    @Override
    public void occurred(Outcome outcome, int occurrences) {}

    @Override
    public void fired(Duration lag) {}
  }

  ScheduleStore schedules() {
    return engine.schedules();
  }

  Calendars calendars() {
    return engine.calendars();
  }

  QueueStore queues() {
    return queues;
  }

  Pool pool() {
    return pool;
  }

  /** The clock has leapt; the timers do not know. */
  void lookAgain() {
    engine.loop().look();
  }

  static ScheduleName name(String text) {
    return new ScheduleName(text);
  }

  @Override
  public void close() {
    engine.loop().stop();
    try {
      pool.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
