package io.posthaste.schedule;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When a schedule fires.
 *
 * @param zone in which local times, cron expressions, rules and excluded dates are read
 * @param start nothing is planned before it; absent: from the schedule's making on
 * @param end nothing is planned after it; an occurrence at this very moment still is
 * @param limit so many occurrences fire, 1 or more
 * @param jitter each occurrence is due up to so much after its planned time, and never behind the
 *     next planned time; PT0S to P1D
 * @param exclude names of calendars on whose dates nothing fires, at most 20
 */
public record Timetable(
    Timing timing,
    ZoneId zone,
    @Nullable Moment start,
    @Nullable Moment end,
    @Nullable Integer limit,
    Duration jitter,
    List<String> exclude,
    DaylightSaving dst) {
  public static final Duration LONGEST_JITTER = Duration.ofDays(1);
  public static final int MOST_CALENDARS = 20;

  public Timetable {
    exclude = List.copyOf(exclude);
    if (limit != null && limit < 1) {
      throw new InvalidField("limit", "must be a whole number of at least 1");
    }
    if (jitter.isNegative() || jitter.compareTo(LONGEST_JITTER) > 0) {
      throw new InvalidField("jitter", "must be from PT0S to P1D");
    }
    requireCalendars(exclude);
    switch (timing) {
      case Timing.At _ -> requireOnce(start, end, limit);
      case Timing.Recurrence(var set) -> set.requireFits(zone, start != null);
      case Timing.Every _, Timing.Cron _ -> {}
    }
    if (start != null && end != null && end.lastIn(zone).isBefore(start.in(zone))) {
      throw new InvalidField("end", "must not lie before 'start'");
    }
  }

  private static void requireCalendars(List<String> exclude) {
    if (exclude.size() > MOST_CALENDARS) {
      throw new InvalidField("exclude", "must be at most " + MOST_CALENDARS + " calendars");
    }
    for (int i = 0; i < exclude.size(); i++) {
      ScheduleName.require("exclude[" + i + "]", exclude.get(i));
    }
    if (new HashSet<>(exclude).size() < exclude.size()) {
      throw new InvalidField("exclude", "must name each calendar once");
    }
  }

  private static void requireOnce(
      @Nullable Moment start, @Nullable Moment end, @Nullable Integer limit) {
    if (start != null || end != null || limit != null) {
      throw new InvalidField(
          start != null ? "start" : end != null ? "end" : "limit",
          "has no meaning with 'at', which is once");
    }
  }

  /** The start, be it a field of its own or the rule's DTSTART. */
  Optional<Moment> firstMoment() {
    return timing instanceof Timing.Recurrence(var set) && start == null
        ? set.start(zone).map(Moment.Local::new)
        : Optional.ofNullable(start);
  }
}
