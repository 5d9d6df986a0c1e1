package io.posthaste.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds timetables for tests: in UTC, without bounds, unless said otherwise. */
record Timetables(
    Timing timing,
    ZoneId zone,
    @Nullable Moment start,
    @Nullable Moment end,
    @Nullable Integer limit,
    Duration jitter,
    List<String> exclude,
    DaylightSaving dst) {
  private static final Instant MADE = Instant.parse("2027-03-01T09:00:00Z");

  /** An interval, a rule, a moment or a cron expression, whichever the text is. */
  static Timetables of(String text) {
    return new Timetables(
        timing(text),
        ZoneOffset.UTC,
        null,
        null,
        null,
        Duration.ZERO,
        List.of(),
        DaylightSaving.DEFAULT);
  }

  private static Timing timing(String text) {
    return text.startsWith("PT")
        ? new Timing.Every(Duration.parse(text))
        : text.startsWith("FREQ")
            ? Timing.Recurrence.parse(text)
            : text.contains("T0")
                ? new Timing.At(Moment.parse("at", text))
                : Timing.Cron.parse(text);
  }

  Timetables in(String id) {
    return new Timetables(timing, ZoneId.of(id), start, end, limit, jitter, exclude, dst);
  }

  Timetables starting(String at) {
    return new Timetables(
        timing, zone, Moment.parse("start", at), end, limit, jitter, exclude, dst);
  }

  Timetables ending(String at) {
    return new Timetables(
        timing, zone, start, Moment.parse("end", at), limit, jitter, exclude, dst);
  }

  Timetables limitedTo(int most) {
    return new Timetables(timing, zone, start, end, most, jitter, exclude, dst);
  }

  Timetables spread(Duration over) {
    return new Timetables(timing, zone, start, end, limit, over, exclude, dst);
  }

  Timetables excluding(String... calendars) {
    return new Timetables(timing, zone, start, end, limit, jitter, List.of(calendars), dst);
  }

  Timetables with(DaylightSaving policy) {
    return new Timetables(timing, zone, start, end, limit, jitter, exclude, policy);
  }

  Timetable timetable() {
    return new Timetable(timing, zone, start, end, limit, jitter, exclude, dst);
  }

  Occurrences made(Instant at, Calendar... calendars) {
    return new Occurrences(timetable(), at, List.of(calendars));
  }

  Occurrences named(String name) {
    return new Occurrences(new ScheduleName(name), timetable(), MADE, List.of());
  }
}
