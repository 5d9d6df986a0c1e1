package io.posthaste.consumer;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * When to go on after something went wrong: as soon as a known obstacle is out of the way; without
 * one, after pauses that double, spread by chance so that workers do not come together.
 */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(500);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private @Nullable String reason;
  private boolean obstructed;
  private long until;
  private int failures;

  /** Whether this is news. */
  synchronized boolean begin(String why, long now) {
    boolean news = reason == null;
    if (news) {
      long pause = Math.min(LONGEST.toNanos(), FIRST.toNanos() << Math.min(failures, 10));
      until = now + pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
      failures++;
    }
    reason = why;
    return news;
  }

  /**
   * Ends the pause when it is time.
   *
   * @param obstacle what stands in the way now
   * @return an obstacle that has come, for which a pause has to {@linkplain #begin begin}
   */
  synchronized Optional<String> look(Optional<String> obstacle, long now) {
    if (obstacle.isPresent()) {
      if (reason == null) {
        return obstacle;
      }
      reason = obstacle.get();
      obstructed = true;
    } else if (reason != null && (obstructed || now - until >= 0)) {
      end();
    }
    return Optional.empty();
  }

  synchronized void end() {
    reason = null;
    obstructed = false;
  }

  synchronized boolean isOn() {
    return reason != null;
  }

  synchronized Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /** All is well: the next pause is a short one. */
  synchronized void reset() {
    failures = 0;
  }
}
