package io.posthaste.schedule.wallclock;

import io.posthaste.message.InvalidField;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A recurrence rule of RFC 5545, alone ({@code FREQ=WEEKLY;BYDAY=MO}) or as lines {@code RRULE:…},
 * {@code DTSTART:…} and {@code EXDATE:…}. Two are equal if they are written alike.
 *
 * <p>Other than in the RFC, the start is an occurrence only if the rule says so.
 */
public final class RecurrenceSet {
  private static final int LONGEST = 20_000;
  private static final LocalDateTime ANY_TIME = LocalDateTime.of(2000, 1, 1, 0, 0);
  private static final int MOST_EXCEPTIONS = 1000;
  private static final int MOST_COUNTED = 10_000;

  private final String text;
  private final RuleParts parts;
  private final @Nullable ICalendarTime start;
  private final List<ICalendarTime> exceptions;
  private final List<String> zones;

  private RecurrenceSet(String text, Lines lines) {
    this.text = text;
    if (lines.rule == null) {
      throw new InvalidField("rrule", "has no rule such as FREQ=WEEKLY;BYDAY=MO");
    }
    parts = lines.rule;
    start = lines.start;
    exceptions = List.copyOf(lines.exceptions);
    zones = List.copyOf(lines.zones);
  }

  /**
   * @throws InvalidField for {@code rrule}, with what is wrong and where
   */
  public static RecurrenceSet parse(String text) {
    if (text.length() > LONGEST) {
      throw new InvalidField("rrule", "must have at most " + LONGEST + " characters");
    }
    Lines lines = new Lines();
    // A line that begins with a blank carries on the one before
    for (String line : text.replaceAll("\r?\n[ \t]", "").strip().split("\r?\n")) {
      lines.add(line.strip());
    }
    RecurrenceSet set = new RecurrenceSet(text, lines);
    set.requireCountable();
    // Whatever is wrong shows by making it run
    set.unbounded(ANY_TIME);
    return set;
  }

  private void requireCountable() {
    if (parts.has("COUNT") && parts.count() > MOST_COUNTED) {
      throw new InvalidField(
          "rrule", "may have a COUNT of at most " + MOST_COUNTED + "; use 'limit' beyond");
    }
    if (parts.has("UNTIL")) {
      until();
    }
  }

  private ICalendarTime until() {
    return ICalendarTime.parse(parts.texts("UNTIL").getFirst(), "UNTIL");
  }

  /**
   * Refuses what does not go with the other fields of a schedule.
   *
   * @param other whether the schedule has a start of its own
   * @throws InvalidField for {@code start} or {@code rrule}
   */
  public void requireFits(ZoneId zone, boolean other) {
    if (other && start != null) {
      throw new InvalidField("start", "must not stand beside a DTSTART in 'rrule'");
    }
    for (String named : zones) {
      if (!named.equals(zone.getId())) {
        throw new InvalidField(
            "rrule",
            "has TZID=%s, but 'timezone' is %s; make them the same".formatted(named, zone));
      }
    }
  }

  public String text() {
    return text;
  }

  /** The start that the text brings. */
  public Optional<LocalDateTime> start(ZoneId zone) {
    return Optional.ofNullable(start).map(time -> time.first(zone));
  }

  /**
   * The rule as it runs in a zone.
   *
   * @param from its start, in whole seconds from here on
   */
  public WallClockRule from(LocalDateTime from, ZoneId zone) {
    LocalDateTime first = from.truncatedTo(ChronoUnit.SECONDS);
    WallClockRule rule = unbounded(first);
    return new BoundedRule(
        rule,
        end(rule, first, zone),
        exceptions.stream()
            .map(time -> new BoundedRule.Exception(time.first(zone), time.last(zone)))
            .toList());
  }

  private WallClockRule unbounded(LocalDateTime first) {
    return switch (parts.frequency()) {
      case SECONDLY, MINUTELY, HOURLY, DAILY -> new SteppingRule(parts, first);
      case WEEKLY, MONTHLY, YEARLY -> new DatedRule(parts, first);
    };
  }

  private LocalDateTime end(WallClockRule rule, LocalDateTime first, ZoneId zone) {
    if (parts.has("UNTIL")) {
      return until().last(zone);
    }
    return parts.has("COUNT") ? last(rule, first, parts.count()) : LocalDateTime.MAX;
  }

  private static LocalDateTime last(WallClockRule rule, LocalDateTime first, int count) {
    LocalDateTime last = first;
    Optional<LocalDateTime> next = rule.atOrAfter(first);
    for (int i = 0; i < count && next.isPresent(); i++) {
      last = next.get();
      next = rule.atOrAfter(last.plusSeconds(1));
    }
    return last;
  }

  private static final class Lines {
    private @Nullable RuleParts rule;
    private @Nullable ICalendarTime start;
    private final List<ICalendarTime> exceptions = new ArrayList<>();
    private final List<String> zones = new ArrayList<>();

    void add(String line) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        rule(line);
        return;
      }
      String value = line.substring(colon + 1).strip();
      List<String> head = Arrays.asList(line.substring(0, colon).split(";"));
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

  @Override
  public boolean equals(Object other) {
    return other instanceof RecurrenceSet that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
