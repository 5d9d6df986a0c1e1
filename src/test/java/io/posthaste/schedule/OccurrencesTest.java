package io.posthaste.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class OccurrencesTest {
  private static final Instant MADE = Instant.parse("2027-03-01T09:00:00.123456789Z");

  @Test
  void interval_without_a_start_counts_from_the_making() {
    Occurrences occurrences = aTimetable("PT15M").made(MADE);

    assertThat(first(occurrences, 2))
        .containsExactly(
            Instant.parse("2027-03-01T09:15:00.123456Z"),
            Instant.parse("2027-03-01T09:30:00.123456Z"));
    assertThat(occurrences.after(Instant.EPOCH, 0).orElseThrow().planned())
        .isEqualTo(Instant.parse("2027-03-01T09:15:00.123456Z"));
  }

  @Test
  void interval_with_a_start_begins_there() {
    Occurrences occurrences = aTimetable("PT15M").starting("2027-03-01T10:00:00Z").made(MADE);

    assertThat(first(occurrences, 2))
        .containsExactly(
            Instant.parse("2027-03-01T10:00:00Z"), Instant.parse("2027-03-01T10:15:00Z"));
  }

  @Test
  void interval_keeps_its_grid_however_late_one_asks() {
    Occurrences occurrences = aTimetable("PT7S").starting("1999-01-01T00:00:00Z").made(MADE);

    Instant next = occurrences.after(MADE, 5).orElseThrow().planned();

    assertThat(Duration.between(Instant.parse("1999-01-01T00:00:00Z"), next).toSeconds() % 7)
        .isZero();
    assertThat(next).isAfter(MADE).isBefore(MADE.plusSeconds(8));
  }

  @Test
  void start_is_an_occurrence_of_cron_only_where_the_expression_says_so() {
    assertThat(first(aTimetable("0 9 * * *").starting("2027-03-01T08:00:00Z").made(MADE), 1))
        .containsExactly(Instant.parse("2027-03-01T09:00:00Z"));
    assertThat(first(aTimetable("0 9 * * *").starting("2027-03-01T09:00:00Z").made(MADE), 1))
        .containsExactly(Instant.parse("2027-03-01T09:00:00Z"));
  }

  @Test
  void numbers_go_on_from_those_that_fired_up_to_the_limit() {
    Occurrences occurrences = aTimetable("PT1H").limitedTo(3).made(MADE);

    assertThat(occurrences.after(MADE, 0).orElseThrow().number()).isEqualTo(1);
    assertThat(occurrences.after(MADE, 2).orElseThrow().number()).isEqualTo(3);
    assertThat(occurrences.after(MADE, 3)).isEmpty();
  }

  @Test
  void end_is_the_last_moment_of_all() {
    Occurrences occurrences =
        aTimetable("PT1H")
            .starting("2027-03-01T10:00:00Z")
            .ending("2027-03-01T11:00:00Z")
            .made(MADE);

    assertThat(first(occurrences, 5)).hasSize(2);
  }

  @Test
  void dates_of_a_calendar_are_left_out_in_the_zone_of_the_schedule() {
    Calendar holidays =
        new Calendar("holidays", Set.of(LocalDate.of(2027, 3, 3), LocalDate.of(2027, 3, 4)));
    Occurrences occurrences =
        aTimetable("30 0 * * *").in("Europe/Berlin").excluding("holidays").made(MADE, holidays);

    assertThat(first(occurrences, 2))
        .containsExactly(
            Instant.parse("2027-03-01T23:30:00Z"), Instant.parse("2027-03-04T23:30:00Z"));
  }

  @Test
  void interval_leaps_over_excluded_dates_without_losing_its_grid() {
    Calendar calendar = new Calendar("c", Set.of(LocalDate.of(2027, 3, 2)));
    Occurrences occurrences =
        aTimetable("PT7H").starting("2027-03-01T20:00:00Z").excluding("c").made(MADE, calendar);

    assertThat(first(occurrences, 2))
        .containsExactly(
            Instant.parse("2027-03-01T20:00:00Z"), Instant.parse("2027-03-03T00:00:00Z"));
  }

  @Test
  void excluded_date_that_a_clock_shows_again_after_midnight_ends() {
    // 00:00 on 17 February 2019 became 23:00 on the 16th there
    Calendar calendar = new Calendar("c", Set.of(LocalDate.of(2019, 2, 16)));
    Occurrences occurrences =
        aTimetable("*/10 * * * *")
            .in("America/Sao_Paulo")
            .excluding("c")
            .made(Instant.EPOCH, calendar);

    assertThat(occurrences.after(Instant.parse("2019-02-17T00:00:00Z"), 0).orElseThrow().planned())
        .isEqualTo(Instant.parse("2019-02-17T03:00:00Z"));
  }

  @Test
  void jitter_is_the_same_for_all_replicas_and_differs_between_schedules() {
    Timetables timetable = aTimetable("0 * * * *").spread(Duration.ofMinutes(10));
    Occurrence one = timetable.named("one").after(MADE, 0).orElseThrow();

    assertThat(timetable.named("one").after(MADE, 0).orElseThrow()).isEqualTo(one);
    assertThat(timetable.named("two").after(MADE, 0).orElseThrow().due()).isNotEqualTo(one.due());
    // The very number: another release must not move what is planned
    assertThat(one.due()).isEqualTo(Instant.parse("2027-03-01T10:04:04.922128Z"));
  }

  @Test
  void jitter_spreads_evenly_and_stays_within_its_bound() {
    Occurrences occurrences = aTimetable("PT1H").spread(Duration.ofMinutes(10)).named("s");
    List<Long> waits = new ArrayList<>();
    Instant at = MADE;
    for (int i = 0; i < 1000; i++) {
      Occurrence occurrence = occurrences.after(at, i).orElseThrow();
      waits.add(Duration.between(occurrence.planned(), occurrence.due()).toSeconds());
      at = occurrence.planned();
    }

    assertThat(waits).allMatch(wait -> wait >= 0 && wait <= 600);
    assertThat(waits.stream().filter(wait -> wait < 300).count()).isBetween(430L, 570L);
  }

  @Test
  void jitter_never_carries_one_occurrence_behind_the_next() {
    Occurrences occurrences = aTimetable("0,1 * * * *").spread(Duration.ofHours(1)).named("s");
    Instant due = Instant.MIN;
    Instant at = MADE;
    for (int i = 0; i < 200; i++) {
      Occurrence occurrence = occurrences.after(at, i).orElseThrow();
      assertThat(occurrence.due()).isAfter(due);
      due = occurrence.due();
      at = occurrence.planned();
    }
  }

  @Test
  @Timeout(5)
  void rule_that_no_clock_ever_shows_is_refused() {
    DaylightSaving skip = new DaylightSaving(DaylightSaving.Gap.SKIP, DaylightSaving.Repeat.FIRST);

    // The clock is put forward on the last Sunday in March, from two to three
    assertNever(aTimetable("30 2 * 3 SUNL").in("Europe/Berlin").with(skip).made(MADE), "cron");
    assertNever(aTimetable("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").made(MADE), "rrule");
    assertNever(aTimetable("FREQ=DAILY;UNTIL=20200101").made(MADE), "rrule");
    assertThatCode(aTimetable("PT1H").made(MADE)::requireSome).doesNotThrowAnyException();
    assertThatCode(aTimetable("2020-01-01T00:00").made(MADE)::requireSome)
        .doesNotThrowAnyException();
  }

  private static void assertNever(Occurrences occurrences, String field) {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(occurrences::requireSome)
        .matches(e -> e.field().equals(field));
  }

  @Test
  @Timeout(10)
  void rare_dates_in_a_zone_with_gaps_are_found_at_once() {
    DaylightSaving skip = new DaylightSaving(DaylightSaving.Gap.SKIP, DaylightSaving.Repeat.SECOND);
    Occurrences occurrences =
        aTimetable("30 2 29 2 MON#5").in("Europe/Berlin").with(skip).made(MADE);
    Occurrences rare = aTimetable("30 2 29 2 *").in("Europe/Berlin").with(skip).made(MADE);

    assertThat(occurrences.after(MADE, 0)).isPresent();
    assertThat(first(rare, 91).getLast()).isEqualTo(Instant.parse("2400-02-29T01:30:00Z"));
  }

  private static List<Instant> first(Occurrences occurrences, int count) {
    List<Instant> all = new ArrayList<>();
    Optional<Occurrence> next = occurrences.after(MADE.minusSeconds(7200), 0);
    while (next.isPresent() && all.size() < count) {
      all.add(next.get().planned());
      next = occurrences.after(next.get().planned(), all.size());
    }
    return all;
  }

  private static Timetables aTimetable(String timing) {
    return Timetables.of(timing);
  }

  @Test
  void zone_of_the_timetable_decides_where_local_times_lie() {
    assertThat(first(aTimetable("0 9 * * *").in("Asia/Kathmandu").made(MADE), 1))
        .containsExactly(
            LocalDate.of(2027, 3, 2).atTime(9, 0).atZone(ZoneId.of("Asia/Kathmandu")).toInstant());
  }
}
