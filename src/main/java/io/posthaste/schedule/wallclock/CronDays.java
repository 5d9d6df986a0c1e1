package io.posthaste.schedule.wallclock;

import com.cronutils.model.field.expression.Always;
import com.cronutils.model.field.expression.Every;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.field.expression.On;
import com.cronutils.model.field.expression.QuestionMark;
import com.cronutils.model.field.value.SpecialChar;
import java.time.DayOfWeek;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;

/**
 * The days of a month that a cron expression allows. If both day fields are restricted, either is
 * enough; a field that begins with a star, or is a question mark, restricts nothing by itself and
 * must hold as well. That is how cron does it.
 */
final class CronDays {
  private final long monthDays;
  private final List<On> specialMonthDays;
  private final long weekdays;
  private final List<On> specialWeekdays;
  private final boolean either;

  CronDays(FieldExpression dayOfMonth, FieldExpression dayOfWeek) {
    monthDays = CronValues.of(CronField.DAY_OF_MONTH, dayOfMonth);
    specialMonthDays = specials(dayOfMonth);
    weekdays = CronValues.of(CronField.DAY_OF_WEEK, dayOfWeek);
    specialWeekdays = specials(dayOfWeek);
    either = !startsWithStar(dayOfMonth) && !startsWithStar(dayOfWeek);
  }

  private static List<On> specials(FieldExpression field) {
    List<On> specials = new ArrayList<>();
    for (FieldExpression part : CronValues.parts(field)) {
      if (part instanceof On on && !CronValues.isPlain(on)) {
        specials.add(on);
      }
    }
    return specials;
  }

  private static boolean startsWithStar(FieldExpression field) {
    FieldExpression first = CronValues.parts(field).getFirst();
    return first instanceof Always
        || first instanceof QuestionMark
        || first instanceof Every every && every.getExpression() instanceof Always;
  }

  /** Bit 1 for the first day, up to the month's last. */
  long in(YearMonth month) {
    long byMonthDay = monthDays;
    for (On special : specialMonthDays) {
      byMonthDay |= bit(dayOfMonth(special, month));
    }
    long byWeekday = 0;
    for (int day = 1; day <= month.lengthOfMonth(); day++) {
      if ((weekdays >> weekday(month, day) & 1) == 1) {
        byWeekday |= 1L << day;
      }
    }
    for (On special : specialWeekdays) {
      byWeekday |= bit(nthWeekday(special, month));
    }
    long days = either ? byMonthDay | byWeekday : byMonthDay & byWeekday;
    return days & ((1L << (month.lengthOfMonth() + 1)) - 2);
  }

  private static long bit(int day) {
    return day >= 1 ? 1L << day : 0;
  }

  // 0 for Sunday
  private static int weekday(YearMonth month, int day) {
    return month.atDay(day).getDayOfWeek().getValue() % 7;
  }

  /** The day that L, L-3, LW or 15W means in this month; 0 or less for none. */
  private static int dayOfMonth(On special, YearMonth month) {
    int last = month.lengthOfMonth();
    return switch (special.getSpecialChar().getValue()) {
      case L -> last - Math.max(special.getNth().getValue(), 0);
      case LW -> nearestWorkday(month, last);
      case W -> {
        int day = special.getTime().getValue();
        yield day > last ? 0 : nearestWorkday(month, day);
      }
      case HASH, QUESTION_MARK, NONE -> throw new IllegalStateException(special.asString());
    };
  }

  // Never in another month, however near
  private static int nearestWorkday(YearMonth month, int day) {
    DayOfWeek weekday = month.atDay(day).getDayOfWeek();
    return switch (weekday) {
      case SATURDAY -> day == 1 ? 3 : day - 1;
      case SUNDAY -> day == month.lengthOfMonth() ? day - 2 : day + 1;
      case MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY -> day;
    };
  }

  /** The day that FRI#2 or FRIL means in this month; 0 for none. */
  private static int nthWeekday(On special, YearMonth month) {
    int weekday = special.getTime().getValue() % 7;
    if (special.getSpecialChar().getValue() == SpecialChar.L) {
      int last = month.lengthOfMonth();
      return last - Math.floorMod(weekday(month, last) - weekday, 7);
    }
    int first = 1 + Math.floorMod(weekday - weekday(month, 1), 7);
    int day = first + 7 * (special.getNth().getValue() - 1);
    return day > month.lengthOfMonth() ? 0 : day;
  }
}
