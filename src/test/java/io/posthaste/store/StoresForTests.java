package io.posthaste.store;

import io.posthaste.database.Notifications;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.queue.QueueStore;
import io.vertx.sqlclient.Pool;

/** The stores of this package, for tests that run without Quarkus. */
public final class StoresForTests {
  private StoresForTests() {}

  public static QueueStore queues(Pool pool, Notifications notifications) {
    return new PostgresQueueStore(pool, notifications);
  }

  public static DeadLetterStore deadLetters(Pool pool) {
    return new PostgresDeadLetters(pool);
  }

  public static FailureLog failures(Pool pool) {
    return new FailureLog(pool);
  }
}
