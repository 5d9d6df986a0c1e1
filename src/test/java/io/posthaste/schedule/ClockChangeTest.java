package io.posthaste.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What clock changes do to local times: by example, and around every real change of many zones. */
final class ClockChangeTest {

  /** Each line: a day of a change, a policy, and what becomes of a daily or hourly rule then. */
  @ParameterizedTest(name = "{0} {1} {2}/{3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Europe/Berlin       | 30 2 * * *    | SKIP  | FIRST  | 2027-03-28 |
          Europe/Berlin       | 30 2 * * *    | AFTER | FIRST  | 2027-03-28 | 03:00+02:00
          Europe/Berlin       | 15,45 2 * * * | AFTER | FIRST  | 2027-03-28 | 03:00+02:00
          Europe/Berlin       | 0,30 2-3 * * *| AFTER | FIRST  | 2027-03-28 | 03:00+02:00 03:30+02:00
          Europe/Berlin       | 30 2 * * *    | AFTER | FIRST  | 2027-10-31 | 02:30+02:00
          Europe/Berlin       | 30 2 * * *    | AFTER | SECOND | 2027-10-31 | 02:30+01:00
          Europe/Berlin       | 30 2 * * *    | AFTER | BOTH   | 2027-10-31 | 02:30+02:00 02:30+01:00
          Europe/Berlin       | 0,30 2 * * *  | AFTER | SECOND | 2027-10-31 | 02:00+01:00 02:30+01:00
          Europe/Berlin       | */30 1-3 * * *| AFTER | FIRST  | 2027-10-31 | 01:00+02:00 01:30+02:00 02:00+02:00 02:30+02:00 02:00+01:00 02:30+01:00 03:00+01:00 03:30+01:00
          Europe/Berlin       | 0 2,3 * * *   | AFTER | FIRST  | 2027-10-31 | 02:00+02:00 03:00+01:00
          Australia/Lord_Howe | 15 2 * * *    | AFTER | FIRST  | 2027-10-03 | 02:30+11:00
          Australia/Lord_Howe | 15 2 * * *    | SKIP  | FIRST  | 2027-10-03 |
          Australia/Lord_Howe | 45 1 * * *    | AFTER | FIRST  | 2027-04-04 | 01:45+11:00
          Australia/Lord_Howe | 45 1 * * *    | AFTER | SECOND | 2027-04-04 | 01:45+10:30
          Australia/Lord_Howe | 45 1 * * *    | AFTER | BOTH   | 2027-04-04 | 01:45+11:00 01:45+10:30
          Australia/Lord_Howe | 15 1 * * *    | AFTER | BOTH   | 2027-04-04 | 01:15+11:00
          Antarctica/Troll    | 30 1,2 * * *  | AFTER | FIRST  | 2027-03-28 | 03:00+02:00
          Antarctica/Troll    | 30 1,2 * * *  | AFTER | BOTH   | 2027-10-31 | 01:30+02:00 02:30+02:00 01:30Z 02:30Z
          America/Havana      | 0 0 * * *     | AFTER | FIRST  | 2027-03-14 | 01:00-04:00
          America/Havana      | 0 0 * * *     | AFTER | SECOND | 2027-11-07 | 00:00-05:00
          Asia/Beirut         | @daily        | SKIP  | FIRST  | 2027-03-28 |
          Asia/Beirut         | @daily        | AFTER | FIRST  | 2027-03-28 | 01:00+03:00
          America/Sao_Paulo   | @daily        | AFTER | FIRST  | 2018-11-04 | 01:00-02:00
          America/Sao_Paulo   | 30 23 * * *   | AFTER | BOTH   | 2019-02-16 | 23:30-02:00 23:30-03:00
          America/Sao_Paulo   | @daily        | AFTER | BOTH   | 2027-11-07 | 00:00-03:00
          Europe/Istanbul     | 30 3 * * *    | AFTER | BOTH   | 2015-03-29 | 04:00+03:00
          Europe/Istanbul     | 30 3 * * *    | AFTER | BOTH   | 2027-03-28 | 03:30+03:00
          Asia/Tehran         | 30 0 * * *    | AFTER | FIRST  | 2022-03-22 | 01:00+04:30
          Asia/Tehran         | 30 0 * * *    | AFTER | FIRST  | 2027-03-22 | 00:30+03:30
          Africa/Casablanca   | 30 2 * * *    | AFTER | BOTH   | 2025-02-23 | 02:30+01:00 02:30Z
          Africa/Casablanca   | 30 2 * * *    | AFTER | BOTH   | 2025-04-06 | 03:00+01:00
          Pacific/Apia        | 0 9 * * *     | SKIP  | FIRST  | 2011-12-31 | 09:00+14:00
          Pacific/Apia        | 0 9 * * *     | AFTER | FIRST  | 2011-12-31 | 00:00+14:00 09:00+14:00
          """)
  void day_of_a_change(
      ZoneId zone,
      String cron,
      DaylightSaving.Gap gap,
      DaylightSaving.Repeat repeat,
      String date,
      String expected) {
    Occurrences occurrences =
        occurrences(Timing.Cron.parse(cron), zone, new DaylightSaving(gap, repeat));
    Instant from = Moment.parse("from", date + "T00:00").in(zone);
    Instant to = Moment.parse("to", date + "T23:59:59").lastIn(zone);

    List<Instant> wanted = new ArrayList<>();
    for (String time : expected == null ? new String[0] : expected.split(" ")) {
      wanted.add(((Moment.Exact) Moment.parse("due", date + "T" + time)).instant());
    }
    assertThat(between(occurrences, from, to)).isEqualTo(wanted);
  }

  /** Times of the day, hours, intervals within the hour: what each asks of a local time. */
  private static final Map<String, Predicate<LocalDateTime>> RULES =
      Map.of(
          "*/5 * * * *", it -> it.getMinute() % 5 == 0,
          "17 * * * *", it -> it.getMinute() == 17,
          "*/20 1-3 * * *",
              it -> it.getMinute() % 20 == 0 && it.getHour() >= 1 && it.getHour() <= 3,
          "0 0 * * *", it -> it.getMinute() == 0 && it.getHour() == 0,
          "30 2 * * *", it -> it.getMinute() == 30 && it.getHour() == 2,
          "10,40 */2 * * *", it -> it.getMinute() % 30 == 10 && it.getHour() % 2 == 0,
          "45 23 * * *", it -> it.getMinute() == 45 && it.getHour() == 23);

  static List<ZoneId> zones() {
    return Zones.ALL;
  }

  @ParameterizedTest
  @MethodSource("zones")
  void every_change_is_passed_as_stepping_through_it_minute_by_minute_says(ZoneId zone) {
    List<ZoneOffsetTransition> changes = Zones.changes(zone);
    for (int i = 0; i < changes.size(); i++) {
      ZoneOffsetTransition change = changes.get(i);
      // Each change with one policy, each policy with many changes
      DaylightSaving dst =
          new DaylightSaving(
              DaylightSaving.Gap.values()[i / 2 % 2], DaylightSaving.Repeat.values()[i / 2 % 3]);
      RULES.forEach((cron, fits) -> check(zone, cron, fits, dst, change));
    }
    assertThat(changes.isEmpty()).isEqualTo(zone.getRules().isFixedOffset() || isQuiet(zone));
  }

  private static boolean isQuiet(ZoneId zone) {
    return zone.getId().equals("Asia/Kathmandu");
  }

  private static void check(
      ZoneId zone,
      String cron,
      Predicate<LocalDateTime> fits,
      DaylightSaving dst,
      ZoneOffsetTransition change) {
    Instant from = change.getInstant().truncatedTo(ChronoUnit.MINUTES).minusSeconds(26 * 3600);
    Instant to = from.plusSeconds(60 * 3600);

    boolean runsOn = cron.startsWith("*/") || cron.startsWith("17 *");
    assertThat(between(occurrences(Timing.Cron.parse(cron), zone, dst), from, to))
        .as("%s in %s, %s, at %s", cron, zone, dst, change)
        .isEqualTo(stepping(zone.getRules(), fits, dst, runsOn, from, to));
  }

  private static List<Instant> stepping(
      ZoneRules zone,
      Predicate<LocalDateTime> fits,
      DaylightSaving dst,
      boolean runsOn,
      Instant from,
      Instant to) {
    TreeSet<Instant> found = new TreeSet<>();
    LocalDateTime before = null;
    for (Instant at = from; !at.isAfter(to); at = at.plusSeconds(60)) {
      ZoneOffset offset = zone.getOffset(at);
      LocalDateTime local = LocalDateTime.ofInstant(at, offset);
      List<ZoneOffset> offsets = zone.getValidOffsets(local);
      boolean meant =
          runsOn
              || switch (dst.repeat()) {
                case FIRST -> offset.equals(offsets.getFirst());
                case SECOND -> offset.equals(offsets.getLast());
                case BOTH -> true;
              };
      if (meant && fits.test(local)) {
        found.add(at);
      }
      // The clock was put forward: one in the minutes left out is enough
      if (before != null && dst.gap() == DaylightSaving.Gap.AFTER) {
        for (LocalDateTime gone = before.plusMinutes(1);
            gone.isBefore(local);
            gone = gone.plusMinutes(1)) {
          if (fits.test(gone)) {
            found.add(at);
          }
        }
      }
      before = local;
    }
    return List.copyOf(found);
  }

  @Test
  void interval_of_elapsed_time_does_not_see_clock_changes() {
    ZoneId zone = ZoneId.of("Europe/Berlin");
    Occurrences occurrences =
        new Occurrences(
            new Timetable(
                new Timing.Every(Duration.ofMinutes(40)),
                zone,
                Moment.parse("start", "2027-10-31T00:00"),
                null,
                9,
                Duration.ZERO,
                List.of(),
                DaylightSaving.DEFAULT),
            Instant.EPOCH,
            List.of());

    assertThat(between(occurrences, Instant.EPOCH, Instant.parse("2027-10-31T03:00:00Z")))
        .hasSize(8)
        .startsWith(Instant.parse("2027-10-30T22:00:00Z"))
        .endsWith(Instant.parse("2027-10-31T02:40:00Z"));
  }

  @ParameterizedTest
  @CsvSource({
    "2027-03-28T02:30, SKIP, FIRST,",
    "2027-03-28T02:30, AFTER, FIRST, 2027-03-28T01:00:00Z",
    "2027-10-31T02:30, AFTER, FIRST, 2027-10-31T00:30:00Z",
    "2027-10-31T02:30, AFTER, SECOND, 2027-10-31T01:30:00Z"
  })
  void local_time_of_a_single_occurrence_follows_the_policy(
      String at, DaylightSaving.Gap gap, DaylightSaving.Repeat repeat, Instant expected) {
    Occurrences occurrences =
        occurrences(
            new Timing.At(Moment.parse("at", at)),
            ZoneId.of("Europe/Berlin"),
            new DaylightSaving(gap, repeat));

    assertThat(occurrences.after(Instant.EPOCH, 0).map(Occurrence::planned))
        .isEqualTo(Optional.ofNullable(expected));
  }

  @Test
  void single_occurrence_fires_once_even_where_both_are_asked_for() {
    Occurrences occurrences =
        occurrences(
            new Timing.At(Moment.parse("at", "2027-10-31T02:30")),
            ZoneId.of("Europe/Berlin"),
            new DaylightSaving(DaylightSaving.Gap.AFTER, DaylightSaving.Repeat.BOTH));

    assertThat(between(occurrences, Instant.EPOCH, Moment.LATEST))
        .containsExactly(Instant.parse("2027-10-31T00:30:00Z"));
  }

  private static Occurrences occurrences(Timing timing, ZoneId zone, DaylightSaving dst) {
    return new Occurrences(
        new Timetable(timing, zone, null, null, null, Duration.ZERO, List.of(), dst),
        Instant.EPOCH,
        List.of());
  }

  private static List<Instant> between(Occurrences occurrences, Instant from, Instant to) {
    List<Instant> all = new ArrayList<>();
    Optional<Occurrence> next = occurrences.after(from.minusNanos(1000), 0);
    while (next.isPresent() && !next.get().planned().isAfter(to)) {
      all.add(next.get().planned());
      next = occurrences.after(next.get().planned(), 0);
    }
    return all;
  }
}
