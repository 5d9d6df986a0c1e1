package io.posthaste.schedule.wallclock;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.dmfs.rfc5545.recur.Freq;

/**
 * A recurrence rule of days, hours, minutes or seconds. Computed here: lib-recur walks every second
 * from the start on, seconds of work for a start long ago, and gives up after a thousand units
 * without an occurrence, such as the hours between two Mondays.
 *
 * <p>Units are counted from 1970. Every INTERVAL-th from the start's on takes part, if the BY parts
 * let it; what they refuse for a whole day, hour or minute is leapt over as such.
 */
final class SteppingRule implements EndlessRule {
  private static final int DAY = 86_400;
  private static final int HOUR = 3600;
  private static final int MINUTE = 60;

  /**
   * Enough for a second's step to meet every second of the day; what is not found then never comes.
   */
  private static final int MOST_STEPS = 1_000_000;

  /** After so many it is worth a look whether there can be one at all. */
  private static final int SUSPICIOUS = 2000;

  private static final List<String> WEEKDAYS = List.of("MO", "TU", "WE", "TH", "FR", "SA", "SU");

  private final long start;
  private final int unit;
  private final long interval;
  private final UnitTimes times;
  private final Freq frequency;
  private final long months;
  private final Set<Integer> monthDays;
  private final Set<Integer> yearDays;
  private final Set<DayOfWeek> weekdays;
  private final long hours;
  private final long minutes;
  private final long seconds;

  SteppingRule(RuleParts parts, LocalDateTime start) {
    this.start = start.toEpochSecond(ZoneOffset.UTC);
    frequency = parts.frequency();
    unit = unit(frequency);
    interval = parts.interval();
    UnitTimes all = UnitTimes.of(parts, start.toLocalTime());
    times = parts.has("BYSETPOS") ? all.at(parts.numbers("BYSETPOS")) : all;
    months = parts.bits("BYMONTH", RuleParts.ANY);
    monthDays = Set.copyOf(parts.numbers("BYMONTHDAY"));
    yearDays = Set.copyOf(parts.numbers("BYYEARDAY"));
    weekdays =
        parts.texts("BYDAY").stream()
            .map(day -> DayOfWeek.of(WEEKDAYS.indexOf(day) + 1))
            .collect(Collectors.toSet());
    hours = unit < DAY ? parts.bits("BYHOUR", RuleParts.ANY) : -1;
    minutes = unit < HOUR ? parts.bits("BYMINUTE", RuleParts.ANY) : -1;
    seconds = unit < MINUTE ? parts.bits("BYSECOND", RuleParts.ANY) : -1;
  }

  private static int unit(Freq frequency) {
    return switch (frequency) {
      case SECONDLY -> 1;
      case MINUTELY -> MINUTE;
      case HOURLY -> HOUR;
      case DAILY -> DAY;
      case WEEKLY, MONTHLY, YEARLY -> throw new IllegalArgumentException(frequency + " has dates");
    };
  }

  @Override
  public Cadence cadence() {
    boolean everyHour = frequency == Freq.HOURLY && interval == 1 && hours == -1;
    return unit <= MINUTE || everyHour ? Cadence.RUNNING : Cadence.TIMES_OF_DAY;
  }

  @Override
  public Optional<LocalDateTime> atOrAfter(LocalDateTime from) {
    long whole = from.toEpochSecond(ZoneOffset.UTC) + (from.getNano() == 0 ? 0 : 1);
    long earliest = Math.max(whole, start);
    long end = earliest + (long) YEARS * 366 * DAY;
    long candidate = aligned(Math.floorDiv(earliest, unit));
    for (int step = 0; step < MOST_STEPS && candidate * unit < end && !times.isEmpty(); step++) {
      if (step == SUSPICIOUS && !meetsTimes()) {
        return Optional.empty();
      }
      long open = open(candidate * unit);
      if (open > candidate * unit) {
        candidate = aligned(Math.ceilDiv(open, unit));
        continue;
      }
      int second = times.atOrAfter(earliest - candidate * unit);
      if (second >= 0) {
        return Optional.of(
            LocalDateTime.ofEpochSecond(candidate * unit + second, 0, ZoneOffset.UTC));
      }
      candidate += interval;
    }
    return Optional.empty();
  }

  /**
   * Whether the interval ever meets an hour, minute and second that fit: every 10 seconds from
   * second 5 on never come to second 0.
   */
  private boolean meetsTimes() {
    int units = DAY / unit;
    long stride = gcd(interval, units);
    long first = Math.floorMod(Math.floorDiv(start, unit), stride);
    return LongStream.iterate(first, it -> it < units, it -> it + stride)
        .anyMatch(it -> openTime(it * unit) == it * unit);
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  @Override
  public LocalDateTime numbered(int count) {
    LocalDateTime last = LocalDateTime.ofEpochSecond(start, 0, ZoneOffset.UTC);
    Optional<LocalDateTime> next = atOrAfter(last);
    for (int i = 0; i < count && next.isPresent(); i++) {
      last = next.get();
      next = atOrAfter(last.plusSeconds(1));
    }
    return last;
  }

  /** The first unit from a given one on that takes its turn. */
  private long aligned(long from) {
    long first = Math.floorDiv(start, unit);
    return first + Math.ceilDiv(Math.max(from - first, 0), interval) * interval;
  }

  /** The second itself if the BY parts let it be, else one before which they let none. */
  private long open(long second) {
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(second, DAY));
    if (!fits(date)) {
      return nextFit(date) * DAY;
    }
    return openTime(second);
  }

  private long openTime(long second) {
    long inDay = Math.floorMod(second, DAY);
    if ((hours >> inDay / HOUR & 1) == 0) {
      return second - inDay % HOUR + HOUR;
    }
    if ((minutes >> inDay / MINUTE % 60 & 1) == 0) {
      return second - inDay % MINUTE + MINUTE;
    }
    return (seconds >> inDay % MINUTE & 1) == 0 ? second + 1 : second;
  }

  private long nextFit(LocalDate date) {
    LocalDate day = date.plusDays(1);
    LocalDate end = date.plusYears(YEARS);
    while (!fits(day) && day.isBefore(end)) {
      day =
          (months >> day.getMonthValue() & 1) == 1
              ? day.plusDays(1)
              : day.withDayOfMonth(1).plusMonths(1);
    }
    return day.toEpochDay();
  }

  private boolean fits(LocalDate date) {
    return (months >> date.getMonthValue() & 1) == 1
        && has(monthDays, date.getDayOfMonth(), date.lengthOfMonth())
        && has(yearDays, date.getDayOfYear(), date.lengthOfYear())
        && (weekdays.isEmpty() || weekdays.contains(date.getDayOfWeek()));
  }

  // Negative ones count from the end
  private static boolean has(Set<Integer> days, int day, int length) {
    return days.isEmpty() || days.contains(day) || days.contains(day - length - 1);
  }
}
