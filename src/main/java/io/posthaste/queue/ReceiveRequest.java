package io.posthaste.queue;

import io.posthaste.message.InvalidField;
import java.time.Duration;

/**
 * A wish for messages.
 *
 * @param max 1 to 1,000; fewer may come, for size's sake too
 * @param lease how long the receiver holds them
 * @param waitTime how long to wait for the first, PT0S to PT20S
 */
public record ReceiveRequest(int max, Duration lease, Duration waitTime) {
  public static final int MOST = 1000;
  public static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

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
