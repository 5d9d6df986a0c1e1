package io.posthaste.schedule.wallclock;

import io.posthaste.message.InvalidField;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
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
  private static final int MOST_COUNTED = 10_000;

  private final String text;
  private final RuleParts parts;
  private final @Nullable ICalendarTime start;
  private final List<ICalendarTime> exceptions;
  private final List<String> zones;

  private RecurrenceSet(String text, RecurrenceLines lines) {
    this.text = text;
    parts = lines.rule();
    start = lines.start();
    exceptions = lines.exceptions();
    zones = lines.zones();
  }

  /**
   * @throws InvalidField for {@code rrule}, with what is wrong and where
   */
  public static RecurrenceSet parse(String text) {
    if (text.length() > LONGEST) {
      throw new InvalidField("rrule", "must have at most " + LONGEST + " characters");
    }
    RecurrenceSet set = new RecurrenceSet(text, new RecurrenceLines(text));
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
    EndlessRule rule = unbounded(first);
    return new BoundedRule(
        rule,
        end(rule, zone),
        exceptions.stream()
            .map(time -> new BoundedRule.Exclusion(time.first(zone), time.last(zone)))
            .toList());
  }

  private EndlessRule unbounded(LocalDateTime first) {
    return switch (parts.frequency()) {
      case SECONDLY, MINUTELY, HOURLY, DAILY -> new SteppingRule(parts, first);
      case WEEKLY, MONTHLY, YEARLY -> new DatedRule(parts, first);
    };
  }

  private LocalDateTime end(EndlessRule rule, ZoneId zone) {
    if (parts.has("UNTIL")) {
      return until().last(zone);
    }
    return parts.has("COUNT") ? rule.numbered(parts.count()) : LocalDateTime.MAX;
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
