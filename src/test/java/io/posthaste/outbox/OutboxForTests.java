package io.posthaste.outbox;

import io.posthaste.store.StoreClock;
import io.vertx.sqlclient.Pool;

/** An outbox that nobody moves on from, for tests that run without Quarkus. */
public final class OutboxForTests {
  private OutboxForTests() {}

  public static Outbox of(Pool pool, StoreClock clock) {
    return new Outbox(pool, clock, (_, _, _) -> {});
  }
}
