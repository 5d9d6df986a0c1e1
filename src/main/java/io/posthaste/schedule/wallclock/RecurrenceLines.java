package io.posthaste.schedule.wallclock;

import io.posthaste.message.InvalidField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The content lines of a recurrence: a rule, a start and exceptions; or the rule alone. */
final class RecurrenceLines {
  private static final int MOST_EXCEPTIONS = 1000;

  private @Nullable RuleParts rule;
  private @Nullable ICalendarTime start;
  private final List<ICalendarTime> exceptions = new ArrayList<>();
  private final List<String> zones = new ArrayList<>();

  RecurrenceLines(String text) {
    // A line that begins with a blank carries on the one before
    for (String line : text.replaceAll("\r?\n[ \t]", "").strip().split("\r?\n")) {
      add(line.strip());
    }
  }

  RuleParts rule() {
    if (rule == null) {
      throw new InvalidField("rrule", "has no rule such as FREQ=WEEKLY;BYDAY=MO");
    }
    return rule;
  }

  @Nullable ICalendarTime start() {
    return start;
  }

  List<ICalendarTime> exceptions() {
    return List.copyOf(exceptions);
  }

  /** What TZID parameters name. */
  List<String> zones() {
    return List.copyOf(zones);
  }

  private void add(String line) {
    int colon = line.indexOf(':');
    if (colon < 0) {
      rule(line);
      return;
    }
    String value = line.substring(colon + 1).strip();
    List<String> head = Arrays.asList(line.substring(0, colon).split(";", -1));
    switch (head.getFirst().toUpperCase(Locale.ROOT)) {
      case "RRULE" -> rule(value);
      case "DTSTART" -> {
        if (start != null) {
          throw new InvalidField("rrule", "must have one DTSTART at most");
        }
        start = ICalendarTime.parse(value, "DTSTART");
        parameters(head);
      }
      case "EXDATE" -> {
        exceptions(value);
        parameters(head);
      }
      default ->
          throw new InvalidField(
              "rrule", "has the line '%s'; RRULE, DTSTART and EXDATE are known".formatted(line));
    }
  }

  private void rule(String value) {
    if (rule != null) {
      throw new InvalidField("rrule", "must have one rule only");
    }
    rule = RuleParts.parse(value);
  }

  private void exceptions(String value) {
    for (String time : value.split(",")) {
      exceptions.add(ICalendarTime.parse(time.strip(), "EXDATE"));
    }
    if (exceptions.size() > MOST_EXCEPTIONS) {
      throw new InvalidField("rrule", "may have at most " + MOST_EXCEPTIONS + " EXDATEs");
    }
  }

  private void parameters(List<String> head) {
    for (String parameter : head.subList(1, head.size())) {
      if (parameter.regionMatches(true, 0, "TZID=", 0, 5)) {
        zones.add(parameter.substring(5));
      } else if (!parameter.toUpperCase(Locale.ROOT).matches("VALUE=DATE(-TIME)?")) {
        throw new InvalidField(
            "rrule", "has the parameter '%s'; TZID and VALUE are known".formatted(parameter));
      }
    }
  }
}
