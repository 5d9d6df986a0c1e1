package io.posthaste.schedule;

import io.posthaste.schedule.wallclock.WallClockRule;
import java.time.LocalDateTime;
import java.util.Optional;

/** At one local time only. */
record OneTime(LocalDateTime time) implements WallClockRule {
  @Override
  public Optional<LocalDateTime> atOrAfter(LocalDateTime from) {
    return from.isAfter(time) ? Optional.empty() : Optional.of(time);
  }

  @Override
  public Cadence cadence() {
    return Cadence.TIMES_OF_DAY;
  }
}
