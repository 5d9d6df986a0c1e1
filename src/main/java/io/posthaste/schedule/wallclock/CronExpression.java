package io.posthaste.schedule.wallclock;

import com.cronutils.model.field.expression.Between;
import com.cronutils.model.field.expression.Every;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.field.expression.On;
import com.cronutils.model.field.value.IntegerFieldValue;
import com.cronutils.model.field.value.SpecialChar;
import io.posthaste.message.InvalidField;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A cron expression of five fields, or of six with seconds first, or a macro such as {@code
 * @daily}. Two are equal if they are written alike.
 *
 * <p>cron-utils parses the fields. The search is our own: that of cron-utils takes milliseconds a
 * step and fails on {@code 31W} in a short month.
 */
public final class CronExpression implements WallClockRule {
  private static final int LONGEST = 256;
  private static final long ALL_HOURS = (1L << 24) - 1;
  private static final LocalDateTime ANY_TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

  private static final FieldExpression ON_THE_MINUTE = CronField.SECOND.parse("0", 1);

  private static final Map<String, String> MACROS =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");

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
    CronExpression expression = new CronExpression(text, fields(expanded(text)));
    if (expression.atOrAfter(ANY_TIME).isEmpty()) {
      throw new InvalidField(
          "cron", "can never fire: no year has a date that fits its day and month fields");
    }
    return expression;
  }

  private static String expanded(String text) {
    if (text.length() > LONGEST) {
      throw new InvalidField("cron", "must have at most " + LONGEST + " characters");
    }
    if (!text.startsWith("@")) {
      return text;
    }
    String fields = MACROS.get(text.toLowerCase(Locale.ROOT).strip());
    if (fields == null) {
      throw new InvalidField(
          "cron",
          "has no macro '"
              + text
              + "'; there are @yearly, @annually, @monthly, @weekly, @daily, @midnight and"
              + " @hourly");
    }
    return fields;
  }

  private static List<FieldExpression> fields(String text) {
    List<String> texts = List.of(text.strip().split("[ \t]+"));
    if (texts.size() != 5 && texts.size() != 6 || texts.contains("")) {
      throw new InvalidField(
          "cron",
          "must have five fields (minute, hour, day of month, month, day of week), or six with the"
              + " second first; it has "
              + (text.isBlank() ? 0 : texts.size()));
    }
    List<FieldExpression> fields = new ArrayList<>();
    int skipped = 6 - texts.size();
    if (skipped == 1) {
      fields.add(ON_THE_MINUTE);
    }
    for (int i = 0; i < texts.size(); i++) {
      fields.add(field(CronField.values()[i + skipped], texts.get(i), i + 1));
    }
    return fields;
  }

  private static FieldExpression field(CronField field, String text, int position) {
    FieldExpression expression = field.parse(text, position);
    if (!CronValues.parts(expression).stream().allMatch(part -> means(field, part))) {
      throw field.invalid(text, position, "");
    }
    return expression;
  }

  // What the library lets through although it means nothing: 5L as a day, L as a weekday, FRI#6,
  // 1-L
  private static boolean means(CronField field, FieldExpression part) {
    return switch (part) {
      case Every every ->
          CronValues.isPlain(every.getExpression()) && means(field, every.getExpression());
      case Between range ->
          range.getFrom() instanceof IntegerFieldValue
              && range.getTo() instanceof IntegerFieldValue;
      case On on -> CronValues.isPlain(on) || meansDays(field, on);
      default -> true;
    };
  }

  private static boolean meansDays(CronField field, On special) {
    SpecialChar sign = special.getSpecialChar().getValue();
    int time = special.getTime().getValue();
    int nth = special.getNth().getValue();
    return field == CronField.DAY_OF_MONTH
        ? sign == SpecialChar.W ? time >= 1 : time < 0
        : time >= 0 && (sign == SpecialChar.L || nth >= 1 && nth <= 5);
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
