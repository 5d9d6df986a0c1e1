package io.posthaste.provider.postgres;

import io.posthaste.outbox.LocalMessages;
import io.posthaste.store.StoreClock;

/** Sends within transactions, for tests that run without Quarkus and receive by SQL. */
public final class LocalMessagesForTests {
  private LocalMessagesForTests() {}

  public static LocalMessages of(StoreClock clock) {
    return new DirectSend(clock, new Wakeups());
  }
}
