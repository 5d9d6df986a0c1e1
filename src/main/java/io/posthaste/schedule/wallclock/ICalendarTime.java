package io.posthaste.schedule.wallclock;

import io.posthaste.message.InvalidField;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** A time as RFC 5545 writes it: 20270301, 20270301T090000, or with Z for UTC. */
sealed interface ICalendarTime {
  DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss");

  record Day(LocalDate date) implements ICalendarTime {}

  record Local(LocalDateTime time) implements ICalendarTime {}

  record Utc(LocalDateTime time) implements ICalendarTime {}

  /**
   * @param what names it in the error
   */
  static ICalendarTime parse(String text, String what) {
    try {
      if (!text.contains("T")) {
        return new Day(LocalDate.parse(text, DateTimeFormatter.BASIC_ISO_DATE));
      }
      return text.endsWith("Z")
          ? new Utc(LocalDateTime.parse(text.substring(0, text.length() - 1), TIME))
          : new Local(LocalDateTime.parse(text, TIME));
    } catch (DateTimeException e) {
      throw new InvalidField(
          "rrule",
          "has '%s' as %s, which must be like 20270301T090000, 20270301T090000Z or 20270301"
              .formatted(text, what));
    }
  }

  /** The first local time that it means; UTC as a clock in the zone shows it. */
  default LocalDateTime first(ZoneId zone) {
    return switch (this) {
      case Day(var date) -> date.atStartOfDay();
      case Local(var time) -> time;
      case Utc(var time) -> time.atOffset(ZoneOffset.UTC).atZoneSameInstant(zone).toLocalDateTime();
    };
  }

  /** The last local time that it means: a day's is its last second. */
  default LocalDateTime last(ZoneId zone) {
    return switch (this) {
      case Day(var date) -> date.atTime(LocalTime.MAX.withNano(0));
      case Local _, Utc _ -> first(zone);
    };
  }
}
