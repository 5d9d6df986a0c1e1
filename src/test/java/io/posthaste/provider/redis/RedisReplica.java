package io.posthaste.provider.redis;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.Notifications;
import io.posthaste.database.NotificationsForTests;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.queue.QueuesForTests;
import io.posthaste.queue.SilentEvents;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;

/** What {@link RedisQueues} puts together, on a server and a clock of a test's choice. */
final class RedisReplica {
  private final Pool pool;
  private final RedisEngine engine;
  private final QueueProvider provider;
  private final Queues queues;

  RedisReplica(Vertx vertx, RedisUrl url, String database, RedisClock clock) {
    pool = FreshDatabase.pool(vertx, database);
    engine =
        new RedisEngine(
            new RedisEngine.Surroundings(
                vertx,
                url,
                this::queues,
                StoresForTests.deadLetters(pool),
                new SilentEvents(),
                clock,
                RandomGenerator.getDefault()));
    provider = new RedisQueueProvider(engine, this::queues);
    Notifications notifications = NotificationsForTests.started(vertx, pool);
    queues = QueuesForTests.of(StoresForTests.queues(pool, notifications), provider);
    engine.start();
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> engine.link().isUp());
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

  /** Receivers hear that the clock has leapt; the timers that they rely on do not. */
  void lookAgain() {
    engine.receives().signalAll();
  }

  void upkeep() {
    for (int queue : done(engine.registry().read())) {
      while (done(engine.tending().step(queue)).more()) {
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
    engine.stop();
    done(pool.close());
  }
}
