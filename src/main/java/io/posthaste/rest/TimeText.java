package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Durations and times as they are written in requests. */
final class TimeText {
  private static final Duration SHORTEST = Duration.ofNanos(1000);

  private TimeText() {}

  /** ISO-8601, for example PT30S; days count as 24 hours. */
  static Duration duration(String name, String text) {
    try {
      if (isPlain(text)) {
        return notTooFine(name, Duration.parse(text));
      }
    } catch (DateTimeException e) {
      // Falls through to the one sentence for both
    }
    throw notDuration(name);
  }

  static InvalidField notDuration(String name) {
    return new InvalidField(name, "must be an ISO-8601 duration such as \"PT30S\"");
  }

  // The library takes signs within, decimal commas and small letters as well
  private static boolean isPlain(String duration) {
    for (int i = 0; i < duration.length(); i++) {
      char c = duration.charAt(i);
      if (c != '.' && (c < '0' || c > '9') && (c < 'A' || c > 'Z')) {
        return false;
      }
    }
    return true;
  }

  // Stores count in microseconds, and would take it for none
  private static Duration notTooFine(String name, Duration duration) {
    if (duration.isPositive() && duration.compareTo(SHORTEST) < 0) {
      throw new InvalidField(name, "must be PT0S, or a microsecond (PT0.000001S) or longer");
    }
    return duration;
  }

  /** RFC 3339, with any offset. */
  static Instant instant(String name, String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw notInstant(name);
    }
  }

  static InvalidField notInstant(String name) {
    return new InvalidField(name, "must be an RFC 3339 time such as \"2027-03-01T09:00:00Z\"");
  }
}
