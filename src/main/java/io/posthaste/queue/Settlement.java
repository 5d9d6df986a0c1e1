package io.posthaste.queue;

import io.posthaste.message.Due;
import io.posthaste.message.Receipt;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a receiver says of one delivery. */
public sealed interface Settlement {
  Receipt receipt();

  /** Done: the message is gone for good. */
  record Ack(Receipt receipt) implements Settlement {}

  /** More time: the lease ends so long from now. */
  record Extend(Receipt receipt, Duration lease) implements Settlement {
    public Extend {
      QueuePolicy.requireLease(lease);
    }
  }

  /** Given back, the attempt with it; available after the delay. */
  record Release(Receipt receipt, Due.After delay) implements Settlement {}

  /** Failed: the retry policy decides, or it is dead at once when permanent. */
  record Reject(Receipt receipt, @Nullable String reason, boolean permanent)
      implements Settlement {}

  /** What became of it. */
  enum Outcome {
    ACKED,
    EXTENDED,
    RELEASED,
    REJECTED,
    /** Rejected, and now a dead letter. */
    DEAD,
    /** The lease no longer holds; nothing was changed. */
    LEASE_LOST,
    /** The broker would not let anybody hold it so long; the lease goes on as it was. */
    LEASE_TOO_LONG,
    /** No receipt of this queue. */
    UNKNOWN,
    /**
     * Whoever holds the delivery did not answer, others of the same call did: it may have been
     * settled or not.
     */
    UNANSWERED
  }
}
