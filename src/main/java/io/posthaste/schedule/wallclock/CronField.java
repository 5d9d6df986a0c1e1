package io.posthaste.schedule.wallclock;

import com.cronutils.model.field.CronFieldName;
import com.cronutils.model.field.constraint.FieldConstraints;
import com.cronutils.model.field.constraint.FieldConstraintsBuilder;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.field.expression.visitor.ValidationFieldExpressionVisitor;
import com.cronutils.parser.CronParserField;
import io.posthaste.message.InvalidField;
import java.util.Locale;
import java.util.regex.Pattern;

/** The fields of a cron expression, each parsed alone, so that an error can say in which it is. */
enum CronField {
  SECOND("second", 0, 59, "", builder(CronFieldName.SECOND).withStrictRange()),
  MINUTE("minute", 0, 59, "", builder(CronFieldName.MINUTE).withStrictRange()),
  HOUR("hour", 0, 23, "", builder(CronFieldName.HOUR).withStrictRange()),
  DAY_OF_MONTH(
      "day of month",
      1,
      31,
      ", L, L-n, LW, nW",
      builder(CronFieldName.DAY_OF_MONTH)
          .addLSupport()
          .addWSupport()
          .addLWSupport()
          .addQuestionMarkSupport()
          .withStrictRange()),
  MONTH("month", 1, 12, ", JAN to DEC", builder(CronFieldName.MONTH).withStrictRange()),
  // Not strict: SAT-MON goes over the week's end
  DAY_OF_WEEK(
      "day of week",
      0,
      7,
      ", SUN to SAT, such as FRIL or FRI#2",
      builder(CronFieldName.DAY_OF_WEEK)
          .withValidRange(0, 7)
          .addLSupport()
          .addHashSupport()
          .addQuestionMarkSupport());

  // The library takes more: blanks, signs, digits of other scripts, a step of nothing
  private static final Pattern CHARACTERS = Pattern.compile("[0-9A-Z*?/,#-]+");
  private static final Pattern LOOSE = Pattern.compile(".*(^|[,/-])[/,-].*|.*[,/#-]$");

  private final String label;
  final int min;
  final int max;
  private final String special;
  private final FieldConstraints constraints;
  private final CronParserField parser;

  CronField(String label, int min, int max, String special, FieldConstraintsBuilder rules) {
    this.label = label;
    this.min = min;
    this.max = max;
    this.special = special;
    constraints = rules.createConstraintsInstance();
    parser = new CronParserField(CronFieldName.valueOf(name()), constraints);
  }

  private static FieldConstraintsBuilder builder(CronFieldName name) {
    return FieldConstraintsBuilder.instance().forField(name);
  }

  /**
   * @param position counted from 1, for errors
   */
  FieldExpression parse(String text, int position) {
    String upper = text.toUpperCase(Locale.ROOT);
    if (!CHARACTERS.matcher(upper).matches() || LOOSE.matcher(upper).matches()) {
      throw invalid(text, position, "");
    }
    try {
      FieldExpression expression = parser.parse(upper).getExpression();
      expression.accept(new ValidationFieldExpressionVisitor(constraints));
      return expression;
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw invalid(text, position, reason(e));
    }
  }

  // Some of the library's sentences are about its own parts
  private static String reason(RuntimeException e) {
    String message = e.getMessage();
    return message != null && message.matches("(Value|Period) \\d+ not in range.*|Invalid range!.*")
        ? " (" + Character.toLowerCase(message.charAt(0)) + message.substring(1) + ")"
        : "";
  }

  InvalidField invalid(String text, int position, String reason) {
    return new InvalidField(
        "cron",
        "has '%s' in field %d, the %s, which must be of %d-%d%s%s"
            .formatted(text, position, label, min, max, special, reason));
  }
}
