package io.posthaste.schedule.wallclock;

import java.time.LocalDateTime;

/** A recurrence rule without its COUNT and UNTIL. */
sealed interface EndlessRule extends WallClockRule permits DatedRule, SteppingRule {
  /** The time with that number, counted from 1; or the last one that there is. */
  LocalDateTime numbered(int count);
}
