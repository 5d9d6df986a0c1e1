package io.posthaste.schedule.wallclock;

import com.cronutils.model.field.expression.FieldExpression;
import io.posthaste.message.InvalidField;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;

/**
 * A cron expression of five fields, or of six with seconds first, or a macro such as {@code
 * @daily}. Two are equal if they are written alike.
 *
 * <p>cron-utils parses the fields. The search is our own: that of cron-utils takes milliseconds a
 * step and fails on {@code 31W} in a short month.
 */
public final class CronExpression implements WallClockRule {
  private static final long ALL_HOURS = (1L << 24) - 1;
  private static final LocalDateTime ANY_TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

  private final String text;
  private final long seconds;
  private final long minutes;
  private final long hours;
  private final long months;
  private final CronDays days;
  private final Cadence cadence;

  private CronExpression(String text, List<FieldExpression> fields) {
    this.text = text;
    seconds = CronValues.of(CronField.SECOND, fields.get(0));
    minutes = CronValues.of(CronField.MINUTE, fields.get(1));
    hours = CronValues.of(CronField.HOUR, fields.get(2));
    days = new CronDays(fields.get(3), fields.get(5));
    months = CronValues.of(CronField.MONTH, fields.get(4));
    cadence =
        hours == ALL_HOURS || hasPattern(fields.get(0)) || hasPattern(fields.get(1))
            ? Cadence.RUNNING
            : Cadence.TIMES_OF_DAY;
  }

  private static boolean hasPattern(FieldExpression field) {
    return CronValues.parts(field).stream().anyMatch(CronValues::isPattern);
  }

  /**
   * @throws InvalidField for {@code cron}, with what is wrong and in which field; also if no date
   *     ever fits
   */
  public static CronExpression parse(String text) {
    CronExpression expression = new CronExpression(text, CronText.fields(text));
    if (expression.atOrAfter(ANY_TIME).isEmpty()) {
      throw new InvalidField(
          "cron", "can never fire: no year has a date that fits its day and month fields");
    }
    return expression;
  }

  public String text() {
    return text;
  }

  @Override
  public Cadence cadence() {
    return cadence;
  }

  @Override
  public Optional<LocalDateTime> atOrAfter(LocalDateTime from) {
    LocalDateTime earliest =
        from.getNano() == 0 ? from : from.withNano(0).plusSeconds(1); // whole seconds only
    Optional<LocalTime> today = timeAtOrAfter(earliest.toLocalTime());
    LocalDate date = earliest.toLocalDate();
    if (today.isPresent() && fits(date)) {
      return Optional.of(date.atTime(today.get()));
    }
    return dateAtOrAfter(date.plusDays(1)).map(later -> later.atTime(firstTime()));
  }

  private boolean fits(LocalDate date) {
    YearMonth month = YearMonth.from(date);
    return has(months, month.getMonthValue()) && has(days.in(month), date.getDayOfMonth());
  }

  private Optional<LocalDate> dateAtOrAfter(LocalDate from) {
    YearMonth last = YearMonth.from(from).plusYears(YEARS);
    int firstDay = from.getDayOfMonth();
    for (YearMonth month = YearMonth.from(from);
        !month.isAfter(last);
        month = month.plusMonths(1)) {
      if (has(months, month.getMonthValue())) {
        int day = next(days.in(month), firstDay);
        if (day < Long.SIZE) {
          return Optional.of(month.atDay(day));
        }
      }
      firstDay = 1;
    }
    return Optional.empty();
  }

  private LocalTime firstTime() {
    return LocalTime.of(next(hours, 0), next(minutes, 0), next(seconds, 0));
  }

  private Optional<LocalTime> timeAtOrAfter(LocalTime from) {
    if (has(hours, from.getHour())) {
      if (has(minutes, from.getMinute())) {
        int second = next(seconds, from.getSecond());
        if (second < Long.SIZE) {
          return Optional.of(LocalTime.of(from.getHour(), from.getMinute(), second));
        }
      }
      int minute = next(minutes, from.getMinute() + 1);
      if (minute < Long.SIZE) {
        return Optional.of(LocalTime.of(from.getHour(), minute, next(seconds, 0)));
      }
    }
    int hour = next(hours, from.getHour() + 1);
    return hour < Long.SIZE
        ? Optional.of(LocalTime.of(hour, next(minutes, 0), next(seconds, 0)))
        : Optional.empty();
  }

  private static boolean has(long bits, int value) {
    return (bits >> value & 1) == 1;
  }

  /** The first set bit from one on; 64 if there is none. */
  private static int next(long bits, int from) {
    return Long.numberOfTrailingZeros(bits & (-1L << from));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CronExpression that && text.equals(that.text);
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
