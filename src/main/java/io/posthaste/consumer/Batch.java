package io.posthaste.consumer;

import io.posthaste.delivery.Receive;
import io.posthaste.queue.Recipient;
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
  private volatile boolean announcing;
  private volatile boolean announced;

  Batch(Receive.Handout handout) {
    this.handout = handout;
    this.open = new AtomicInteger(handout.deliveries().size());
  }

  long since() {
    return since;
  }

  /** Announces it when it is time to; whether that is done, and nobody needs to ask again. */
  boolean announce(long now) {
    if (!announcing && now - since >= ANNOUNCE_AFTER.toNanos()) {
      announcing = true;
      // What fails is tried again when next asked
      handout.exit().apply(new Held()).subscribe().with(_ -> {}, _ -> announcing = false);
    }
    return announced;
  }

  /** They arrived when they were received. */
  private final class Held implements Recipient {
    @Override
    public boolean gone() {
      return false;
    }

    @Override
    public void prepare() {}

    @Override
    public void send() {
      announced = true;
    }
  }

  /** Whether that was the last one. */
  boolean settled() {
    return open.decrementAndGet() == 0;
  }
}
