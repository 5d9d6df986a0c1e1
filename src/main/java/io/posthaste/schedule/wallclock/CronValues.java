package io.posthaste.schedule.wallclock;

import com.cronutils.model.field.expression.Always;
import com.cronutils.model.field.expression.And;
import com.cronutils.model.field.expression.Between;
import com.cronutils.model.field.expression.Every;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.field.expression.On;
import com.cronutils.model.field.expression.QuestionMark;
import com.cronutils.model.field.value.IntegerFieldValue;
import com.cronutils.model.field.value.SpecialChar;
import com.cronutils.model.field.value.SpecialCharFieldValue;
import java.util.List;

/** The numbers that a parsed field allows, as the bits of a long. */
final class CronValues {
  private CronValues() {}

  /** The parts of a list; a field that is none is its only part. */
  static List<FieldExpression> parts(FieldExpression field) {
    return field instanceof And list ? list.getExpressions() : List.of(field);
  }

  /** Whether the part stands for many values by a pattern: a star, a range or a step. */
  static boolean isPattern(FieldExpression part) {
    return !(part instanceof On);
  }

  static boolean isPlain(FieldExpression part) {
    return !(part instanceof On on && on.getSpecialChar().getValue() != SpecialChar.NONE);
  }

  /** Bits of all plain parts; a special one, such as L, adds none. */
  static long of(CronField field, FieldExpression expression) {
    long bits = 0;
    for (FieldExpression part : parts(expression)) {
      if (isPlain(part)) {
        bits |= part(field, part, 1);
      }
    }
    return bits;
  }

  private static long part(CronField field, FieldExpression part, int step) {
    return switch (part) {
      case Every every -> stepped(field, every);
      case Between range -> bits(field, number(range.getFrom()), number(range.getTo()), step);
      case On on -> bits(field, on.getTime().getValue(), on.getTime().getValue(), step);
      case Always _, QuestionMark _ -> bits(field, field.min, last(field), step);
      default -> throw new IllegalStateException("not a part of a field: " + part.asString());
    };
  }

  private static long stepped(CronField field, Every every) {
    int step = every.getPeriod().getValue();
    // 5/15: from 5 to the end
    return every.getExpression() instanceof On on
        ? bits(field, on.getTime().getValue(), last(field), step)
        : part(field, every.getExpression(), step);
  }

  private static int last(CronField field) {
    return field == CronField.DAY_OF_WEEK ? 6 : field.max;
  }

  private static int number(com.cronutils.model.field.value.FieldValue<?> value) {
    return switch (value) {
      case IntegerFieldValue number -> number.getValue();
      case SpecialCharFieldValue _ -> throw new IllegalArgumentException("a range of numbers only");
      default -> throw new IllegalStateException("not a value of a field: " + value);
    };
  }

  private static long bits(CronField field, int from, int to, int step) {
    boolean weekday = field == CronField.DAY_OF_WEEK;
    int end = weekday && to < from ? to + 7 : to;
    long bits = 0;
    for (int value = from; value <= end; value += step) {
      bits |= 1L << (weekday ? value % 7 : value);
    }
    return bits;
  }
}
