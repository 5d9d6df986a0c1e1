package io.posthaste.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TimetableTest {

  @Test
  void fields_are_checked_by_name() {
    assertInvalid("limit", () -> Timetables.of("@daily").limitedTo(0).timetable());
    assertInvalid("jitter", () -> Timetables.of("@daily").spread(Duration.ofDays(2)).timetable());
    assertInvalid("jitter", () -> Timetables.of("@daily").spread(Duration.ofDays(-1)).timetable());
    assertInvalid("exclude[1]", () -> Timetables.of("@daily").excluding("a", "B").timetable());
    assertInvalid("exclude", () -> Timetables.of("@daily").excluding("a", "a").timetable());
    assertInvalid(
        "end",
        () ->
            Timetables.of("@daily")
                .starting("2027-01-02T00:00")
                .ending("2027-01-01T00:00")
                .timetable());
    assertInvalid("limit", () -> Timetables.of("2027-01-01T00:00").limitedTo(1).timetable());
    assertInvalid(
        "end", () -> Timetables.of("2027-01-01T00:00").ending("2027-01-01T00:00").timetable());
    assertInvalid("every", () -> Timetables.of("PT0.999S"));
    assertInvalid("every", () -> Timetables.of("PT1.0000001S"));
  }

  @Test
  void too_many_calendars_are_refused() {
    String[] names =
        Stream.iterate(1, i -> i + 1).limit(21).map(i -> "c" + i).toArray(String[]::new);

    assertInvalid("exclude", () -> Timetables.of("@daily").excluding(names).timetable());
    assertInvalid(
        "dates",
        () ->
            new Calendar(
                "c",
                LocalDate.of(2000, 1, 1)
                    .datesUntil(LocalDate.of(2030, 1, 1))
                    .collect(Collectors.toSet())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "-a", "a/b", "preview"})
  void names_that_do_not_fit_an_address_are_refused(String name) {
    assertInvalid("schedule", () -> new ScheduleName(name));
  }

  @Test
  void names_compare_as_texts() {
    assertThat(new ScheduleName("a")).isLessThan(new ScheduleName("b")).hasToString("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2027",
        "2027-03-01",
        "2027-03-01T25:00",
        "1969-12-31T23:59:59Z",
        "+12027-03-01T00:00",
        ""
      })
  void moment_that_is_no_time_is_refused(String text) {
    assertInvalid("start", () -> Moment.parse("start", text));
  }

  @Test
  void moment_is_read_with_or_without_an_offset() {
    assertThat(Moment.parse("at", "2027-03-01T09:00:00+02:00").in(ZoneId.of("UTC")))
        .isEqualTo(Instant.parse("2027-03-01T07:00:00Z"));
    assertThat(Moment.parse("at", "2027-03-01T09:00").in(ZoneId.of("Asia/Tokyo")))
        .isEqualTo(Instant.parse("2027-03-01T00:00:00Z"));
  }

  @Test
  void local_moment_that_comes_twice_has_a_first_and_a_last_instant() {
    Moment twice = Moment.parse("end", "2027-10-31T02:30");
    Moment never = Moment.parse("end", "2027-03-28T02:30");
    ZoneId berlin = ZoneId.of("Europe/Berlin");

    assertThat(twice.in(berlin)).isEqualTo(Instant.parse("2027-10-31T00:30:00Z"));
    assertThat(twice.lastIn(berlin)).isEqualTo(Instant.parse("2027-10-31T01:30:00Z"));
    assertThat(never.in(berlin)).isEqualTo(Instant.parse("2027-03-28T01:00:00Z"));
  }

  private static void assertInvalid(String field, ThrowingCallable code) {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(code)
        .matches(e -> e.field().equals(field), "names " + field);
  }
}
