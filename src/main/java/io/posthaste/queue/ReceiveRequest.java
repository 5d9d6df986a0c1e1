package io.posthaste.queue;

import io.posthaste.message.InvalidField;
import java.time.Duration;

/**
 * A wish for messages.
 *
 * @param max 1 to 1,000; fewer may come, for size's sake too
 * @param lease how long the receiver holds them
 * @param waitTime how long to wait for the first, PT0S to PT20S
 * @param handover whether who asks is the receiver itself, or hands on over a wire
 */
public record ReceiveRequest(int max, Duration lease, Duration waitTime, Handover handover) {
  public static final int MOST = 1000;
  public static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  /** When a delivery counts as being in its receiver's hands. */
  public enum Handover {
    /** As soon as it is answered. */
    AT_ONCE,
    /**
     * Once {@link QueueProvider#handOver} has let it go. Where that never happens, because the
     * replica died or its receiver hung up, providers with durable leases take the message back
     * within ten seconds, the attempt with it.
     */
    ANNOUNCED
  }

  public ReceiveRequest(int max, Duration lease, Duration waitTime) {
    this(max, lease, waitTime, Handover.AT_ONCE);
  }

  public ReceiveRequest {
    if (max < 1 || max > MOST) {
      throw new InvalidField("max", "must be a whole number from 1 to 1000");
    }
    QueuePolicy.requireLease(lease);
    if (waitTime.isNegative() || waitTime.compareTo(LONGEST_WAIT) > 0) {
      throw new InvalidField("wait", "must be from PT0S to PT20S");
    }
  }
}
