package io.posthaste.schedule.wallclock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.posthaste.message.InvalidField;
import io.posthaste.schedule.wallclock.WallClockRule.Cadence;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CronExpressionTest {
  private static final LocalDateTime NEW_YEAR = LocalDateTime.parse("2027-01-01T00:00");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          */20 * * * *           | 2027-01-01T00:00 2027-01-01T00:20 2027-01-01T00:40 2027-01-01T01:00
          30 9 * * MON-FRI       | 2027-01-01T09:30 2027-01-04T09:30 2027-01-05T09:30 2027-01-06T09:30
          15 30 9 * * *          | 2027-01-01T09:30:15 2027-01-02T09:30:15
          0/30 * * * * *         | 2027-01-01T00:00 2027-01-01T00:00:30 2027-01-01T00:01
          5/25 8 * * *           | 2027-01-01T08:05 2027-01-01T08:30 2027-01-01T08:55 2027-01-02T08:05
          0 0 L * *              | 2027-01-31T00:00 2027-02-28T00:00 2027-03-31T00:00
          0 0 L-2 * *            | 2027-01-29T00:00 2027-02-26T00:00 2027-03-29T00:00
          0 0 LW * *             | 2027-01-29T00:00 2027-02-26T00:00 2027-03-31T00:00
          0 0 1W * *             | 2027-01-01T00:00 2027-02-01T00:00 2027-03-01T00:00 2027-04-01T00:00 2027-05-03T00:00
          0 0 31W * *            | 2027-01-29T00:00 2027-03-31T00:00 2027-05-31T00:00 2027-07-30T00:00
          0 0 15W * *            | 2027-01-15T00:00 2027-02-15T00:00
          0 0 1,15W,L 2 *        | 2027-02-01T00:00 2027-02-15T00:00 2027-02-28T00:00 2028-02-01T00:00
          0 0 * * FRI#2          | 2027-01-08T00:00 2027-02-12T00:00
          0 0 * * 5#5            | 2027-01-29T00:00 2027-04-30T00:00
          0 0 * * FRIL           | 2027-01-29T00:00 2027-02-26T00:00
          0 0 * * SAT-MON        | 2027-01-02T00:00 2027-01-03T00:00 2027-01-04T00:00 2027-01-09T00:00
          0 0 * * 5-7            | 2027-01-01T00:00 2027-01-02T00:00 2027-01-03T00:00 2027-01-08T00:00
          0 0 * * 0              | 2027-01-03T00:00 2027-01-10T00:00
          0 0 * * 7              | 2027-01-03T00:00 2027-01-10T00:00
          0 0 13 * FRI           | 2027-01-01T00:00 2027-01-08T00:00 2027-01-13T00:00 2027-01-15T00:00
          0 0 */10 * FRI         | 2027-01-01T00:00 2027-05-21T00:00 2027-06-11T00:00
          0 0 ? * MON            | 2027-01-04T00:00 2027-01-11T00:00
          30 2 29 2 *            | 2028-02-29T02:30 2032-02-29T02:30
          0 0 29 2 MON#5         | 2028-02-29T00:00
          0 12 1 jan,Jul *       | 2027-01-01T12:00 2027-07-01T12:00
          0 0 1 MAR-MAY *        | 2027-03-01T00:00 2027-04-01T00:00 2027-05-01T00:00 2028-03-01T00:00
          @yearly                | 2027-01-01T00:00 2028-01-01T00:00
          @annually              | 2027-01-01T00:00 2028-01-01T00:00
          @monthly               | 2027-01-01T00:00 2027-02-01T00:00
          @weekly                | 2027-01-03T00:00 2027-01-10T00:00
          @daily                 | 2027-01-01T00:00 2027-01-02T00:00
          @midnight              | 2027-01-01T00:00 2027-01-02T00:00
          @Hourly                | 2027-01-01T00:00 2027-01-01T01:00
          """)
  void expression_means(String text, String expected) {
    List<LocalDateTime> times = new ArrayList<>();
    for (String time : expected.split(" ")) {
      times.add(LocalDateTime.parse(time));
    }

    assertThat(from(CronExpression.parse(text), times.size())).isEqualTo(times);
  }

  private static List<LocalDateTime> from(WallClockRule rule, int count) {
    List<LocalDateTime> times = new ArrayList<>();
    LocalDateTime from = NEW_YEAR;
    while (times.size() < count) {
      LocalDateTime time = rule.atOrAfter(from).orElseThrow();
      times.add(time);
      from = time.plusNanos(1);
    }
    return times;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          61 * * * *        | has '61' in field 1, the minute, which must be of 0-59 (value 61 not in range [0, 59])
          0 24 * * *        | has '24' in field 2, the hour
          0 0 0 * *         | has '0' in field 3, the day of month
          0 0 1 13 *        | has '13' in field 4, the month, which must be of 1-12, JAN to DEC
          0 0 * * 8         | has '8' in field 5, the day of week
          0 0 0 1 FOO *     | has 'FOO' in field 5, the month
          0 60 * * * *      | has '60' in field 2, the minute
          x * * * *         | has 'x' in field 1
          5-1 * * * *       | invalid range
          */0 * * * *       | period 0 not in range
          1,,2 * * * *      | has '1,,2' in field 1
          1, * * * *        | has '1,' in field 1
          -1 * * * *        | has '-1' in field 1
          /5 * * * *        | has '/5' in field 1
          +5 * * * *        | has '+5' in field 1
          1-2-3 * * * *     | has '1-2-3' in field 1
          99999999999 * * * * | has '99999999999' in field 1
          0 0 5L * *        | has '5L' in field 3
          0 0 1-L * *       | has '1-L' in field 3
          0 0 15W/2 * *     | has '15W/2' in field 3
          0 0 * * L         | has 'L' in field 5
          0 0 * * FRI#6     | has 'FRI#6' in field 5
          0 0 * * FRI#      | has 'FRI#' in field 5
          0 0 * * 1W        | has '1W' in field 5
          L * * * *         | has 'L' in field 1
          ? * * * *         | has '?' in field 1
          * * * *           | it has 4
          * * * * * * *     | it has 7
          @reboot           | has no macro '@reboot'
          0 0 30 2 *        | can never fire
          0 0 31 4,6,9,11 * | can never fire
          """)
  void error_says_what_and_where(String text, String says) {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> CronExpression.parse(text))
        .withMessageContaining(says)
        .matches(e -> e.field().equals("cron"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "\u00a0* * * * *"})
  void text_without_fields_is_refused(String text) {
    assertThatExceptionOfType(InvalidField.class).isThrownBy(() -> CronExpression.parse(text));
  }

  @Test
  void very_long_text_is_refused() {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> CronExpression.parse("0,".repeat(200) + "0 * * * *"))
        .withMessageContaining("at most 256");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          */5 * * * *     | RUNNING
          17 * * * *      | RUNNING
          0 0-23 * * *    | RUNNING
          */15 2 * * *    | RUNNING
          0-30 2 * * *    | RUNNING
          * 0 2 * * *     | RUNNING
          30 2 * * *      | TIMES_OF_DAY
          0,30 2 * * *    | TIMES_OF_DAY
          0 */2 * * *     | TIMES_OF_DAY
          @daily          | TIMES_OF_DAY
          """)
  void intervals_within_the_hour_and_hourly_rules_run_on(String text, Cadence cadence) {
    assertThat(CronExpression.parse(text).cadence()).isEqualTo(cadence);
  }

  @Test
  void expressions_are_equal_if_written_alike() {
    assertThat(CronExpression.parse("0 0 * * *"))
        .isEqualTo(CronExpression.parse("0 0 * * *"))
        .hasSameHashCodeAs(CronExpression.parse("0 0 * * *"))
        .hasToString("0 0 * * *")
        .isNotEqualTo(CronExpression.parse("@daily"));
  }
}
