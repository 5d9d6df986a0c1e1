package io.posthaste.schedule;

import io.posthaste.message.InvalidField;
import io.posthaste.schedule.wallclock.CronExpression;
import io.posthaste.schedule.wallclock.RecurrenceSet;
import java.time.Duration;

/** Which of the four kinds a schedule is. */
public sealed interface Timing {
  /** Once. */
  record At(Moment moment) implements Timing {}

  /**
   * Every so often in elapsed time, whatever clocks on the wall do, counted from the timetable's
   * start, or else from the moment at which the schedule was made, which itself does not count.
   *
   * @param interval PT1S to P3660D, in whole milliseconds
   */
  record Every(Duration interval) implements Timing {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(3660);

    public Every {
      if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
        throw new InvalidField("every", "must be from PT1S to P3660D");
      }
      if (interval.getNano() % 1_000_000 != 0) {
        throw new InvalidField("every", "must be in whole milliseconds");
      }
    }
  }

  /** By a cron expression, on the zone's wall clock. */
  record Cron(CronExpression expression) implements Timing {
    /**
     * @throws InvalidField for {@code cron}, with what is wrong and where
     */
    public static Cron parse(String text) {
      return new Cron(CronExpression.parse(text));
    }
  }

  /** By an RFC 5545 rule with its exceptions, on the zone's wall clock. */
  record Recurrence(RecurrenceSet set) implements Timing {
    /**
     * @throws InvalidField for {@code rrule}, with what is wrong and where
     */
    public static Recurrence parse(String text) {
      return new Recurrence(RecurrenceSet.parse(text));
    }
  }
}
