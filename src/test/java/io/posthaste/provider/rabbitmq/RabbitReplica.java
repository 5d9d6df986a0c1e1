package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.RabbitUrl;
import io.posthaste.database.FreshDatabase;
import io.posthaste.database.Notifications;
import io.posthaste.database.NotificationsForTests;
import io.posthaste.outbox.MovedOutbox;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.QueuesForTests;
import io.posthaste.queue.RetryPolicy;
import io.posthaste.queue.SilentEvents;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * What {@link RabbitQueues} puts together, on a broker, a database and a clock of a test's choice.
 */
final class RabbitReplica implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Pool pool;
  private final MovedOutbox outbox;
  private final Engine engine;
  private final RabbitQueueProvider provider;
  private final Queues queues;

  RabbitReplica(Vertx vertx, String database, String broker, SettableClock clock) {
    pool = FreshDatabase.pool(vertx, database);
    Notifications notifications = NotificationsForTests.started(vertx, pool);
    outbox = new MovedOutbox(vertx, pool, clock, this::queues);
    engine =
        new Engine(
            new Engine.Surroundings(
                RabbitUrl.parse(broker),
                Duration.ofHours(13),
                this::queues,
                new Engine.Stores(
                    outbox.outbox(),
                    outbox.admission(),
                    outbox.deduplication(),
                    StoresForTests.deadLetters(pool),
                    StoresForTests.failures(pool)),
                new SilentEvents(),
                _ -> {},
                clock,
                RandomGenerator.getDefault()));
    provider = new RabbitQueueProvider(engine);
    queues = QueuesForTests.of(StoresForTests.queues(pool, notifications), provider);
    engine.start();
    outbox.moveInto(provider);
  }

  RabbitQueueProvider provider() {
    return provider;
  }

  Queues queues() {
    return queues;
  }

  /** A queue that is not there yet, with the usual policy. */
  Queue define(String name) {
    return define(name, QueuePolicy.DEFAULT);
  }

  /** The same with the usual policy but for its retries. */
  Queue define(String name, RetryPolicy retry) {
    QueuePolicy usual = QueuePolicy.DEFAULT;
    return define(
        name,
        new QueuePolicy(
            usual.lease(),
            usual.maxAttempts(),
            retry,
            usual.retention(),
            usual.onExpiry(),
            usual.ordering(),
            usual.deduplicationWindow(),
            usual.maxMessageSize()));
  }

  private Queue define(String name, QueuePolicy policy) {
    Defined defined =
        queues
            .define(new QueueName(name), RabbitQueueProvider.NAME, policy)
            .await()
            .atMost(PATIENCE);
    return ((Defined.Created) defined).queue();
  }

  Engine engine() {
    return engine;
  }

  Pool pool() {
    return pool;
  }

  void upkeep() {
    while (engine.sweep().sweep()) {
      // There may be more
    }
    outbox.moveDue();
  }

  @Override
  public void close() {
    outbox.close();
    engine.close();
    try {
      pool.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
