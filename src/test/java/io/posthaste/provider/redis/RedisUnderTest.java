package io.posthaste.provider.redis;

import io.posthaste.database.FreshDatabase;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.queue.contract.ProviderUnderTest;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The provider as two replicas on a server of its own, with a clock that can be moved. */
final class RedisUnderTest implements ProviderUnderTest {
  private final Vertx vertx = Vertx.vertx();
  private final AutoCloseable server;
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
  private final RedisReplica first;
  private final RedisReplica second;

  private RedisUnderTest(AutoCloseable server, String address) {
    this.server = server;
    String database = FreshDatabase.create();
    RedisUrl url = RedisUrl.parse(address);
    first = new RedisReplica(vertx, url, database, this::micros);
    second = new RedisReplica(vertx, url, database, this::micros);
  }

  static RedisUnderTest on(RedisServer server) {
    return new RedisUnderTest(server, server.url());
  }

  static RedisUnderTest on(RedisCluster cluster) {
    return new RedisUnderTest(cluster, cluster.url());
  }

  private long micros() {
    return ahead.get().toNanos() / 1000;
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
    return Instant.now().plus(ahead.get()).truncatedTo(ChronoUnit.MICROS);
  }

  @Override
  public Duration unit() {
    return Duration.ofSeconds(1);
  }

  @Override
  public void pass(Duration span) {
    ahead.updateAndGet(before -> before.plus(span));
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
  public DeadLetterStore deadLetters() {
    return StoresForTests.deadLetters(first.pool());
  }

  @Override
  public void close() {
    second.close();
    first.close();
    vertx.close();
    try {
      server.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
