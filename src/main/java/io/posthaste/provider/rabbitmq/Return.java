package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Duration;

/** What is to become of a delivery that comes back. Its taker alone decides. */
sealed interface Return {
  Held held();

  /** What its receiver is told if it was carried. */
  Outcome outcome();

  /** What its receiver is told in the end: of what could not be carried the lease is lost. */
  default Outcome told() {
    return held().arrival().isAcked() ? outcome() : Outcome.LEASE_LOST;
  }

  /** Given back with its attempt. */
  record Released(Held held, Duration delay) implements Return {
    @Override
    public Outcome outcome() {
      return Outcome.RELEASED;
    }
  }

  /** Its attempt failed, and another is to come. */
  record Failed(Held held, Duration backoff, String reason) implements Return {
    @Override
    public Outcome outcome() {
      return Outcome.REJECTED;
    }
  }

  /** Its attempt failed, and was the last. */
  record Dead(Held held, DeadLetterClass deadLetterClass, String reason) implements Return {
    @Override
    public Outcome outcome() {
      return Outcome.DEAD;
    }
  }

  /** How long it waits before it comes again, if it does. */
  default Duration delay() {
    return switch (this) {
      case Released(var _, var delay) -> delay;
      case Failed(var _, var backoff, var _) -> backoff;
      case Dead _ -> Duration.ZERO;
    };
  }
}
