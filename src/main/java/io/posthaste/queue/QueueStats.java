package io.posthaste.queue;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many messages are in which state.
 *
 * @param oldestAge how long the oldest available message has been due; absent when there is none
 */
public record QueueStats(
    long available, long delayed, long leased, long dead, @Nullable Duration oldestAge) {

  public long inQueue() {
    return available + delayed + leased;
  }
}
