package io.posthaste.schedule.wallclock;

import io.posthaste.message.InvalidField;
import java.time.LocalDateTime;
import java.util.Optional;
import org.dmfs.rfc5545.DateTime;
import org.dmfs.rfc5545.recur.InvalidRecurrenceRuleException;
import org.dmfs.rfc5545.recur.RecurrenceRule;
import org.dmfs.rfc5545.recur.RecurrenceRuleIterator;

/** An RFC 5545 recurrence rule. Two are equal if they are written alike. */
public final class RecurrenceSet {
  private final String text;
  private final RecurrenceRule rule;

  private RecurrenceSet(String text, RecurrenceRule rule) {
    this.text = text;
    this.rule = rule;
  }

  /**
   * @throws InvalidField for {@code rrule}, with what is wrong and where
   */
  public static RecurrenceSet parse(String text) {
    try {
      return new RecurrenceSet(
          text, new RecurrenceRule(text, RecurrenceRule.RfcMode.RFC5545_STRICT));
    } catch (InvalidRecurrenceRuleException e) {
      throw new InvalidField("rrule", "cannot be understood: " + e.getMessage());
    }
  }

  /**
   * @throws InvalidField for {@code start} if the rule brings a start of its own
   */
  public void requireOneStart(boolean other) {}

  public String text() {
    return text;
  }

  /** The rule as it runs from a local time on. */
  public WallClockRule from(LocalDateTime start) {
    return new WallClockRule() {
      @Override
      public Optional<LocalDateTime> atOrAfter(LocalDateTime from) {
        RecurrenceRuleIterator iterator = rule.iterator(dateTime(start));
        iterator.fastForward(dateTime(from));
        return iterator.hasNext()
            ? Optional.of(localTime(iterator.nextDateTime()))
            : Optional.empty();
      }

      @Override
      public Cadence cadence() {
        return switch (rule.getFreq()) {
          case SECONDLY, MINUTELY -> Cadence.RUNNING;
          case HOURLY -> rule.getInterval() == 1 ? Cadence.RUNNING : Cadence.TIMES_OF_DAY;
          case DAILY, WEEKLY, MONTHLY, YEARLY -> Cadence.TIMES_OF_DAY;
        };
      }
    };
  }

  // Months count from 0 there
  private static DateTime dateTime(LocalDateTime time) {
    return new DateTime(
        time.getYear(),
        time.getMonthValue() - 1,
        time.getDayOfMonth(),
        time.getHour(),
        time.getMinute(),
        time.getSecond());
  }

  private static LocalDateTime localTime(DateTime time) {
    return LocalDateTime.of(
        time.getYear(),
        time.getMonth() + 1,
        time.getDayOfMonth(),
        time.getHours(),
        time.getMinutes(),
        time.getSeconds());
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
