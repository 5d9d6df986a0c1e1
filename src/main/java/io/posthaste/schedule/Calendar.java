package io.posthaste.schedule;

import io.posthaste.message.InvalidField;
import java.time.LocalDate;
import java.util.Set;

/** A named list of dates, on which the schedules that exclude it do not fire. At most 10,000. */
public record Calendar(String name, Set<LocalDate> dates) {
  public static final int MOST_DATES = 10_000;

  public Calendar {
    ScheduleName.require("calendar", name);
    dates = Set.copyOf(dates);
    if (dates.size() > MOST_DATES) {
      throw new InvalidField("dates", "must have at most " + MOST_DATES + " entries");
    }
  }
}
