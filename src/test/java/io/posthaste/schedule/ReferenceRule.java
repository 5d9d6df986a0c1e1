package io.posthaste.schedule;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.stream.Stream;

/**
 * A wall-clock rule as tests see it: a question to a date, and all of that date's times that fit,
 * found by trying every one. Shares nothing with the code under test.
 */
interface ReferenceRule {
  /** How a schedule would have it, for example {@code cron} and the expression. */
  Timing timing();

  boolean mayFitOn(LocalDate date);

  Stream<LocalDateTime> on(LocalDate date);

  /** Trying every second of a lifetime takes too long. */
  default int yearsToLookAt() {
    return 60;
  }

  /** Whether it goes on through an hour that comes twice. */
  boolean runsOn();
}
