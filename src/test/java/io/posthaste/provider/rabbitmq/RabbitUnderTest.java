package io.posthaste.provider.rabbitmq;

import io.posthaste.database.FreshDatabase;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.queue.contract.ProviderUnderTest;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;

/** The provider as two replicas that share one broker and one database. */
final class RabbitUnderTest implements ProviderUnderTest {
  private final Vertx vertx = Vertx.vertx();
  private final SettableClock clock = new SettableClock();
  private final String database = FreshDatabase.create();
  private final RabbitReplica first;
  private final RabbitReplica second;

  RabbitUnderTest() {
    first = new RabbitReplica(vertx, database, RabbitForTests.url(), clock);
    second = new RabbitReplica(vertx, database, RabbitForTests.url(), clock);
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
  }

  @Override
  public void upkeep() {
    first.upkeep();
    second.upkeep();
  }

  @Override
  public DeadLetterStore deadLetters() {
    return StoresForTests.deadLetters(first.pool());
  }

  @Override
  public void close() {
    second.close();
    first.close();
    vertx.close();
  }
}
