package io.posthaste.message;

import java.time.Duration;
import java.time.Instant;

/** When a message may be handed out first, as its sender asked. The store's clock decides. */
public sealed interface Due {
  Duration MAX_DELAY = Duration.ofDays(3660);
  Due NOW = new After(Duration.ZERO);

  /** A delay from the moment of storing, zero to 3,660 days. */
  record After(Duration delay) implements Due {
    public After {
      if (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0) {
        throw new InvalidField("delay", "must be from PT0S to P3660D");
      }
    }
  }

  /** A moment; one in the past means at once. At most 3,660 days ahead, checked when stored. */
  record At(Instant instant) implements Due {}
}
