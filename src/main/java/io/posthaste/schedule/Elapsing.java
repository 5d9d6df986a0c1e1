package io.posthaste.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Every so often after an anchor, in elapsed time. */
record Elapsing(Instant anchor, Duration interval, long firstStep) implements InstantRule {
  @Override
  public Optional<Instant> atOrAfter(Instant from) {
    long elapsed = ChronoUnit.MICROS.between(anchor, from);
    long step = Math.ceilDiv(elapsed, interval.toNanos() / 1000);
    return Optional.of(anchor.plus(interval.multipliedBy(Math.max(step, firstStep))));
  }
}
