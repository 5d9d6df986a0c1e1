package io.posthaste.consumer;

import io.posthaste.delivery.Receive;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Deliveries that were received together. That they have arrived is announced only when they are
 * not settled soon, so that what a killed replica held comes back at once, the attempt with it.
 */
final class Batch {
  /** Well below the time after which providers take back what was not announced. */
  private static final Duration ANNOUNCE_AFTER = Duration.ofSeconds(1);

  private final Receive.Handout handout;
  private final long since = System.nanoTime();
  private final AtomicInteger open;

  Batch(Receive.Handout handout) {
    this.handout = handout;
    this.open = new AtomicInteger(handout.deliveries().size());
  }

  long since() {
    return since;
  }

  /** Whether it is time to announce it; from then on nobody needs to ask again. */
  boolean announce(long now) {
    if (now - since < ANNOUNCE_AFTER.toNanos()) {
      return false;
    }
    handout.leaving().run();
    return true;
  }

  /** Whether that was the last one. */
  boolean settled() {
    return open.decrementAndGet() == 0;
  }
}
