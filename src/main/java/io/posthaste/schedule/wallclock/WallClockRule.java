package io.posthaste.schedule.wallclock;

import java.time.LocalDateTime;
import java.util.Optional;

/** Local times, one after the other. */
public interface WallClockRule {
  /** Dates and their weekdays repeat after so many: what is not found within them never comes. */
  int YEARS = 400;

  /** The first local time that fits, at or after the given one; empty if there is none. */
  Optional<LocalDateTime> atOrAfter(LocalDateTime from);

  /** How the rule treats an hour that the wall clock shows twice. */
  Cadence cadence();

  /** Whether a rule means times of the day, or goes on and on. */
  enum Cadence {
    /** Certain times of the day: each is meant once. */
    TIMES_OF_DAY,
    /** An interval within the hour, or every hour: goes on while time does. */
    RUNNING
  }
}
