package io.posthaste.schedule.wallclock;

import io.posthaste.message.InvalidField;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dmfs.rfc5545.DateTime;
import org.dmfs.rfc5545.recur.Freq;
import org.dmfs.rfc5545.recur.InvalidRecurrenceRuleException;
import org.dmfs.rfc5545.recur.RecurrenceRule;
import org.dmfs.rfc5545.recur.RecurrenceRuleIterator;

/**
 * A recurrence rule of weeks, months or years. lib-recur finds its dates; the times of each are
 * fanned out here, since the library would hold those of a whole year at once.
 */
final class DatedRule implements EndlessRule {
  private static final int LONGEST_INTERVAL = 1000;
  private static final int MOST_PICKED = 100;
  private static final Set<String> BOUNDS = Set.of("COUNT", "UNTIL");
  private static final Set<String> TIMES = Set.of("BYHOUR", "BYMINUTE", "BYSECOND");
  private static final Set<String> BOUNDS_AND_TIMES =
      Stream.concat(BOUNDS.stream(), TIMES.stream()).collect(Collectors.toUnmodifiableSet());

  private final LocalDateTime start;
  private final boolean weekly;
  private final int interval;
  private final RecurrenceRule dates;
  private final UnitTimes times;
  private final boolean picksTimes;

  DatedRule(RuleParts parts, LocalDateTime start) {
    this.start = start;
    weekly = parts.frequency() == Freq.WEEKLY;
    interval = parts.interval();
    if (interval > LONGEST_INTERVAL) {
      throw new InvalidField(
          "rrule", "may have an INTERVAL of at most " + LONGEST_INTERVAL + " with this FREQ");
    }
    times = UnitTimes.of(parts, start.toLocalTime());
    // BYSETPOS may pick the first time of the month, say: only the library can tell
    picksTimes = parts.has("BYSETPOS") && TIMES.stream().anyMatch(parts::has);
    if (picksTimes && times.count() > MOST_PICKED) {
      throw new InvalidField(
          "rrule", "may have at most " + MOST_PICKED + " times of the day beside BYSETPOS");
    }
    try {
      dates = parts.without(picksTimes ? BOUNDS : BOUNDS_AND_TIMES);
    } catch (InvalidRecurrenceRuleException e) {
      throw new InvalidField("rrule", "is no rule: " + e.getMessage());
    }
  }

  @Override
  public Cadence cadence() {
    return Cadence.TIMES_OF_DAY;
  }

  @Override
  public Optional<LocalDateTime> atOrAfter(LocalDateTime from) {
    LocalDateTime earliest = from.isBefore(start) ? start : from;
    if (picksTimes) {
      return timeAtOrAfter(earliest);
    }
    LocalDate date = earliest.toLocalDate();
    long second = earliest.toLocalTime().toSecondOfDay() + (earliest.getNano() == 0 ? 0 : 1);
    int today = times.atOrAfter(second);
    if (times.isEmpty()) {
      return Optional.empty();
    }
    return dateAtOrAfter(today >= 0 ? date : date.plusDays(1))
        .map(found -> at(found, found.equals(date) ? today : times.first()));
  }

  private static LocalDateTime at(LocalDate date, int second) {
    return date.atStartOfDay().plusSeconds(second);
  }

  // One walk: asking for one after the other would start anew each time
  @Override
  public LocalDateTime numbered(int count) {
    LocalDateTime last = start;
    int left = count;
    try {
      RecurrenceRuleIterator iterator =
          dates.iterator(picksTimes ? dateTime(start) : dateTime(start.toLocalDate()));
      while (left > 0 && iterator.hasNext() && last.isBefore(start.plusYears(YEARS))) {
        DateTime next = iterator.nextDateTime();
        LocalDate date = date(next);
        int[] seconds = picksTimes ? new int[] {secondOfDay(next)} : times.from(first(date));
        if (seconds.length > 0) {
          last = at(date, seconds[Math.min(left, seconds.length) - 1]);
          left -= seconds.length;
        }
      }
    } catch (IllegalArgumentException | IllegalStateException _) {
      // A thousand weeks, months or years brought nothing more
    }
    return last;
  }

  private static int secondOfDay(DateTime time) {
    return localTime(time).toLocalTime().toSecondOfDay();
  }

  /** The second of a date from which on the rule runs. */
  private int first(LocalDate date) {
    return date.equals(start.toLocalDate()) ? start.toLocalTime().toSecondOfDay() : 0;
  }

  private Optional<LocalDate> dateAtOrAfter(LocalDate from) {
    return atOrAfter(dateTime(startNear(from)), dateTime(from)).map(DatedRule::date);
  }

  private Optional<LocalDateTime> timeAtOrAfter(LocalDateTime from) {
    LocalDateTime whole = from.withNano(0).plusSeconds(from.getNano() == 0 ? 0 : 1);
    LocalDateTime near = startNear(from.toLocalDate()).atTime(start.toLocalTime());
    return atOrAfter(dateTime(near), dateTime(whole)).map(DatedRule::localTime);
  }

  private Optional<DateTime> atOrAfter(DateTime first, DateTime from) {
    try {
      RecurrenceRuleIterator iterator = dates.iterator(first);
      iterator.fastForward(from);
      return iterator.hasNext() ? Optional.of(iterator.nextDateTime()) : Optional.empty();
    } catch (IllegalArgumentException | IllegalStateException _) {
      // So it says when a thousand weeks, months or years brought nothing
      return Optional.empty();
    }
  }

  /** A start that is as good as the rule's own, but nearer. */
  private LocalDate startNear(LocalDate from) {
    LocalDate first = start.toLocalDate();
    if (!weekly) {
      return first;
    }
    long rounds = ChronoUnit.WEEKS.between(first, from) / interval - 1;
    return first.plusWeeks(Math.max(rounds, 0) * interval);
  }

  // Months count from 0 there
  private static DateTime dateTime(LocalDate date) {
    return new DateTime(date.getYear(), date.getMonthValue() - 1, date.getDayOfMonth());
  }

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
    return date(time).atTime(time.getHours(), time.getMinutes(), time.getSeconds());
  }

  private static LocalDate date(DateTime time) {
    return LocalDate.of(time.getYear(), time.getMonth() + 1, time.getDayOfMonth());
  }
}
