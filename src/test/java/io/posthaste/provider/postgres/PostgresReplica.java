package io.posthaste.provider.postgres;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.Notifications;
import io.posthaste.database.NotificationsForTests;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.queue.QueuesForTests;
import io.posthaste.queue.SilentEvents;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What {@link PostgresQueues} puts together, on a database and a clock of a test's choice. */
final class PostgresReplica {
  private static final Duration DEAD_LETTER_RETENTION = Duration.ofDays(90);

  private final Pool pool;
  private final Engine engine;
  private final Cleaning cleaning;
  private final Ticks overdue;
  private final QueueProvider provider;
  private final Queues queues;

  /** Whether the replica must reckon with others on its database. */
  enum Sharing {
    SHARED,
    ALONE
  }

  PostgresReplica(Vertx vertx, String url, SettableClock clock, Sharing sharing) {
    boolean shared = sharing == Sharing.SHARED;
    pool = FreshDatabase.pool(vertx, url);
    Notifications notifications = NotificationsForTests.started(vertx, pool);
    engine =
        new Engine(
            new Engine.Surroundings(
                vertx,
                pool,
                () -> FreshDatabase.connection(vertx, url),
                this::queues,
                new SilentEvents(),
                clock,
                RandomGenerator.getDefault(),
                shared));
    if (shared) {
      RemoteWakeups remote = new RemoteWakeups(vertx, notifications, engine.receives());
      engine.wakeups().listener(remote::tell);
      remote.start();
    }
    cleaning = new Cleaning(pool, clock, DEAD_LETTER_RETENTION);
    overdue = new Ticks(vertx);
    overdue.start(engine);
    provider = new PostgresQueueProvider(engine);
    queues = QueuesForTests.of(StoresForTests.queues(pool, notifications), provider);
  }

  QueueProvider provider() {
    return provider;
  }

  Queues queues() {
    return queues;
  }

  Pool pool() {
    return pool;
  }

  Engine engine() {
    return engine;
  }

  /** Receivers hear that the clock has leapt; the timers that they rely on do not. */
  void lookAgain() {
    engine.receives().signalAll();
  }

  void upkeep() {
    List<Supplier<Future<Boolean>>> chores =
        List.of(
            engine.leaseRescue()::step,
            engine.unconfirmedLeases()::step,
            engine.expiry()::stepByTimeToLive,
            engine.expiry()::stepByRetention,
            engine.stuckGroups()::step,
            cleaning::deduplicationKeys,
            cleaning::deadLetters,
            cleaning::replays);
    for (Supplier<Future<Boolean>> chore : chores) {
      while (done(chore.get())) {
        // There may be more
      }
    }
  }

  private static <T> T done(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  void close() {
    engine.receives().stop();
    overdue.stop();
    done(pool.close());
  }
}
