package io.posthaste.schedule.wallclock;

import com.cronutils.model.field.expression.Between;
import com.cronutils.model.field.expression.Every;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.field.expression.On;
import com.cronutils.model.field.value.IntegerFieldValue;
import com.cronutils.model.field.value.SpecialChar;
import io.posthaste.message.InvalidField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads the text of a cron expression: five fields, six of them, or a macro. */
final class CronText {
  private static final int LONGEST = 256;
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

  private CronText() {}

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

  /**
   * The six fields, from the second to the day of week.
   *
   * @throws InvalidField for {@code cron}, with what is wrong and in which field
   */
  static List<FieldExpression> fields(String text) {
    List<String> texts = List.of(expanded(text).strip().split("[ \t]+"));
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
}
