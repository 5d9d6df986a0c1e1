package io.posthaste.schedule.wallclock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.posthaste.message.InvalidField;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RecurrenceSetTest {
  private static final LocalDateTime START = LocalDateTime.parse("2027-01-01T09:00");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          FREQ=DAILY;COUNT=2                         | 2027-01-01T09:00 2027-01-02T09:00
          freq=weekly;byday=mo;count=2               | 2027-01-04T09:00 2027-01-11T09:00
          FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO;COUNT=3 | 2027-01-10T09:00 2027-01-11T09:00 2027-01-24T09:00
          FREQ=MONTHLY;BYDAY=-1FR;COUNT=2            | 2027-01-29T09:00 2027-02-26T09:00
          FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2 | 2027-01-29T09:00 2027-02-26T09:00
          FREQ=MONTHLY;BYDAY=MO;BYHOUR=8,17;BYSETPOS=2;COUNT=2 | 2027-01-04T17:00 2027-02-01T17:00
          FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3         | 2027-01-31T09:00 2027-03-31T09:00 2027-05-31T09:00
          FREQ=YEARLY;BYMONTHDAY=1;COUNT=3           | 2027-01-01T09:00 2027-02-01T09:00 2027-03-01T09:00
          FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2 | 2028-02-29T09:00 2032-02-29T09:00
          FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=2   | 2027-05-17T09:00 2028-05-15T09:00
          FREQ=DAILY;BYHOUR=9,18;BYMINUTE=30;COUNT=3 | 2027-01-01T09:30 2027-01-01T18:30 2027-01-02T09:30
          FREQ=DAILY;BYHOUR=9;BYMINUTE=0,15,30;BYSETPOS=-1;COUNT=1 | 2027-01-01T09:30
          FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=2 | 2028-02-29T09:00 2032-02-29T09:00
          FREQ=HOURLY;INTERVAL=7;COUNT=4             | 2027-01-01T09:00 2027-01-01T16:00 2027-01-01T23:00 2027-01-02T06:00
          FREQ=MINUTELY;BYDAY=MO;BYHOUR=3;COUNT=2    | 2027-01-04T03:00 2027-01-04T03:01
          FREQ=SECONDLY;BYMONTH=12;COUNT=2           | 2027-12-01T00:00 2027-12-01T00:00:01
          FREQ=DAILY;UNTIL=20270102                  | 2027-01-01T09:00 2027-01-02T09:00
          FREQ=DAILY;UNTIL=20270102T085959           | 2027-01-01T09:00
          FREQ=DAILY;UNTIL=20270102T080000Z          | 2027-01-01T09:00 2027-01-02T09:00
          """)
  void rule_means(String rule, String expected) {
    assertThat(times(rule)).isEqualTo(parsed(expected));
  }

  @Test
  void start_is_an_occurrence_only_where_the_rule_says_so() {
    assertThat(times("FREQ=WEEKLY;BYDAY=MO;COUNT=1")).isEqualTo(parsed("2027-01-04T09:00"));
  }

  @Test
  void exceptions_are_left_out_but_counted() {
    assertThat(times("RRULE:FREQ=DAILY;COUNT=4\nEXDATE:20270102T090000,20270103T090001"))
        .isEqualTo(parsed("2027-01-01T09:00 2027-01-03T09:00 2027-01-04T09:00"));
  }

  @Test
  void exceptions_may_be_dates_and_utc_times() {
    String text =
        """
        RRULE:FREQ=DAILY;BYHOUR=9,
         18;COUNT=6\r
        EXDATE;VALUE=DATE:20270102
        EXDATE:20270103T080000Z""";

    assertThat(times(text)).isEqualTo(parsed("2027-01-01T09:00 2027-01-01T18:00 2027-01-03T18:00"));
  }

  @Test
  void text_may_bring_its_start() {
    RecurrenceSet set =
        RecurrenceSet.parse("DTSTART;TZID=Europe/Berlin:20270301T100000\nRRULE:FREQ=DAILY");

    assertThat(set.start(BERLIN)).contains(LocalDateTime.parse("2027-03-01T10:00"));
    set.requireFits(BERLIN, false);
  }

  @Test
  void start_and_zone_are_not_said_twice() {
    RecurrenceSet set =
        RecurrenceSet.parse("DTSTART;TZID=Europe/Berlin:20270301T100000\nRRULE:FREQ=DAILY");

    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> set.requireFits(BERLIN, true))
        .matches(e -> e.field().equals("start"));
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> set.requireFits(ZoneOffset.UTC, false))
        .withMessageContaining("has TZID=Europe/Berlin, but 'timezone' is Z");
  }

  @Test
  void far_start_costs_no_walk() {
    RecurrenceSet set = RecurrenceSet.parse("FREQ=SECONDLY;INTERVAL=7");
    WallClockRule rule = set.from(LocalDateTime.parse("1970-01-01T00:00"), ZoneOffset.UTC);

    LocalDateTime far = LocalDateTime.parse("2970-01-01T00:00:00.5");
    LocalDateTime next = rule.atOrAfter(far).orElseThrow();
    assertThat(next).isBetween(far, far.plusSeconds(7));
    assertThat(next.toEpochSecond(ZoneOffset.UTC) % 7).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          FREQ=FOO                          | has 'FREQ=FOO' as part 1
          BYDAY=MO                          | FREQ is missing
          FREQ=DAILY;FOO=1                  | has 'FOO=1' as part 2, which is not a part of a rule
          FREQ=DAILY;RSCALE=GREGORIAN       | has 'RSCALE=GREGORIAN' as part 2
          FREQ=DAILY;BYHOUR=25              | has 'BYHOUR=25' as part 2, which cannot be understood: int value out of range: 25
          FREQ=DAILY;BYDAY=XX               | has 'BYDAY=XX' as part 2
          FREQ=DAILY;INTERVAL=0             | has 'INTERVAL=0' as part 2
          FREQ=DAILY;COUNT=3;COUNT=4        | has 'COUNT=4' as part 3, which stands there twice
          FREQ=DAILY;COUNT=3;UNTIL=20270101 | UNTIL and COUNT must not occur in the same rule
          FREQ=WEEKLY;BYDAY=1MO             | BYDAY
          FREQ=DAILY;BYSETPOS=1             | BYSETPOS
          FREQ=DAILY;COUNT=10001            | COUNT of at most 10000
          FREQ=DAILY;UNTIL=2027-01-01       | has 'UNTIL=2027-01-01' as part 2
          FREQ=MONTHLY;BYDAY=MO;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYSETPOS=1 | at most 100 times of the day
          DTSTART:20270101                  | has no rule
          FREQ=YEARLY;INTERVAL=1001         | INTERVAL of at most 1000
          FREQ=DAILY;BYMONTH=5L             | BYMONTH
          ;:20270101                        | has the line ';:20270101'
          RDATE:20270101                    | has the line 'RDATE:20270101'
          EXDATE;FOO=1:20270101             | has the parameter 'FOO=1'
          EXDATE:yesterday                  | has 'yesterday' as EXDATE
          """)
  void error_says_what_and_where(String text, String says) {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> RecurrenceSet.parse(text))
        .withMessageContaining(says)
        .matches(e -> e.field().equals("rrule"));
  }

  @ParameterizedTest
  @CsvSource({
    "'RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY', one rule only",
    "'DTSTART:20270101\nDTSTART:20270101\nRRULE:FREQ=DAILY', one DTSTART"
  })
  void lines_do_not_stand_twice(String text, String says) {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> RecurrenceSet.parse(text))
        .withMessageContaining(says);
  }

  @Test
  void very_long_text_and_many_exceptions_are_refused() {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> RecurrenceSet.parse("x".repeat(20_001)))
        .withMessageContaining("at most 20000");
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(
            () ->
                RecurrenceSet.parse("FREQ=DAILY\nEXDATE:" + "20270101,".repeat(1000) + "20270101"))
        .withMessageContaining("at most 1000");
  }

  @Test
  @Timeout(10)
  void rules_that_never_come_true_end_in_time() {
    for (String rule :
        List.of(
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
            "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
            "FREQ=MONTHLY;BYDAY=MO;BYHOUR=8,9;BYSETPOS=20",
            "FREQ=DAILY;BYHOUR=8;BYMINUTE=1;BYSETPOS=2",
            "FREQ=SECONDLY;INTERVAL=10;BYSECOND=5",
            "FREQ=MINUTELY;INTERVAL=1440;BYHOUR=10",
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=MONTHLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=WEEKLY;INTERVAL=1000;BYDAY=MO;BYSETPOS=2",
            "FREQ=DAILY;INTERVAL=2147483647;BYMONTH=2;BYMONTHDAY=30")) {
      assertThat(times(rule)).as(rule).isEmpty();
    }
  }

  private static List<LocalDateTime> times(String text) {
    WallClockRule rule = RecurrenceSet.parse(text).from(START, BERLIN);
    List<LocalDateTime> times = new ArrayList<>();
    Optional<LocalDateTime> next = rule.atOrAfter(START.minusDays(1));
    while (next.isPresent()) {
      times.add(next.get());
      next = rule.atOrAfter(next.get().plusNanos(1));
    }
    return times;
  }

  private static List<LocalDateTime> parsed(String times) {
    List<LocalDateTime> parsed = new ArrayList<>();
    for (String time : times.split(" ")) {
      parsed.add(LocalDateTime.parse(time));
    }
    return parsed;
  }
}
