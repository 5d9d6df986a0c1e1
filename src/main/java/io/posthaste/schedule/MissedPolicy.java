package io.posthaste.schedule;

import io.posthaste.message.InvalidField;
import java.time.Duration;

/** Which of the occurrences that nobody could fire in time are fired later. */
public sealed interface MissedPolicy {
  MissedPolicy DEFAULT = new Last();

  /** None of them. */
  record Skip() implements MissedPolicy {}

  /** The last one. */
  record Last() implements MissedPolicy {}

  /** All of them, in their order. */
  record All() implements MissedPolicy {}

  /** The last ones, 1 to 1,000. */
  record UpTo(int max) implements MissedPolicy {
    public UpTo {
      if (max < 1 || max > 1000) {
        throw new InvalidField("missed.max", "must be a whole number from 1 to 1000");
      }
    }
  }

  /** Those that were planned no longer ago than this, over PT0S to P3660D. */
  record Within(Duration window) implements MissedPolicy {
    private static final Duration LONGEST = Duration.ofDays(3660);

    public Within {
      if (!window.isPositive() || window.compareTo(LONGEST) > 0) {
        throw new InvalidField("missed.within", "must be over PT0S and at most P3660D");
      }
    }
  }
}
