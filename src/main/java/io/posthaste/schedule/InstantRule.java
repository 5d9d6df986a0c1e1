package io.posthaste.schedule;

import java.time.Instant;
import java.util.Optional;

/** Instants, one after the other. */
interface InstantRule {
  /** The first one at or after the given instant; empty if there is none. */
  Optional<Instant> atOrAfter(Instant from);

  /** At one instant only. */
  record Once(Instant instant) implements InstantRule {
    @Override
    public Optional<Instant> atOrAfter(Instant from) {
      return from.isAfter(instant) ? Optional.empty() : Optional.of(instant);
    }
  }
}
