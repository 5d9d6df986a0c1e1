package io.posthaste.queue;

import io.posthaste.message.InvalidField;
import java.time.Duration;

/**
 * How a queue treats its messages.
 *
 * @param lease how long a receiver holds a message unless it asks otherwise, over 0 to PT12H
 * @param maxAttempts a message is dead after exactly so many, 1 to 1,000
 * @param retention counts from a message's due time, PT1S to P3660D
 * @param deduplicationWindow how long a deduplication id is remembered, PT1S to P7D
 * @param maxMessageSize bytes of payload, 1 to 16 MiB
 */
public record QueuePolicy(
    Duration lease,
    int maxAttempts,
    RetryPolicy retry,
    Duration retention,
    OnExpiry onExpiry,
    Ordering ordering,
    Duration deduplicationWindow,
    int maxMessageSize) {

  public static final Duration MAX_LEASE = Duration.ofHours(12);
  public static final int LARGEST_MESSAGE = 16 * 1024 * 1024;

  public static final QueuePolicy DEFAULT =
      new QueuePolicy(
          Duration.ofSeconds(30),
          5,
          new RetryPolicy.Exponential(Duration.ofSeconds(1), Duration.ofMinutes(5), 2, 0.2),
          Duration.ofDays(14),
          OnExpiry.DEAD_LETTER,
          Ordering.NONE,
          Duration.ofMinutes(5),
          1024 * 1024);

  public QueuePolicy {
    requireLease(lease);
    if (maxAttempts < 1 || maxAttempts > 1000) {
      throw new InvalidField("maxAttempts", "must be a whole number from 1 to 1000");
    }
    requireRange("retention", retention, Duration.ofSeconds(1), Duration.ofDays(3660), "P3660D");
    requireRange(
        "deduplicationWindow",
        deduplicationWindow,
        Duration.ofSeconds(1),
        Duration.ofDays(7),
        "P7D");
    if (maxMessageSize < 1 || maxMessageSize > LARGEST_MESSAGE) {
      throw new InvalidField("maxMessageSize", "must be from 1 to " + LARGEST_MESSAGE + " bytes");
    }
  }

  /** The range of a lease, wherever one is asked for. */
  public static void requireLease(Duration lease) {
    // Stores count in microseconds; less than one would be a lease that never holds
    if (lease.compareTo(Duration.ofNanos(1000)) < 0 || lease.compareTo(MAX_LEASE) > 0) {
      throw new InvalidField("lease", "must be over PT0S and at most PT12H");
    }
  }

  private static void requireRange(
      String field, Duration value, Duration min, Duration max, String maxText) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new InvalidField(field, "must be from PT1S to " + maxText);
    }
  }
}
