package io.posthaste.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random rules in zones with clock changes, each against a calculation that shares no code. A
 * failure names its seed; set {@code -Dfuzz.seed} to begin with it, and {@code -Dfuzz.seconds} for
 * a longer run.
 */
@Tag("fuzz")
final class OccurrencesPropertyTest {
  private static final long SEED = Long.getLong("fuzz.seed", 20261121);
  private static final Duration SPAN = Duration.ofSeconds(Integer.getInteger("fuzz.seconds", 0));
  private static final int CASES = 20;
  private static final int COUNT = 1000;

  @Test
  void next_thousand_occurrences_of_cron_are_those_of_the_reference() {
    run((random, start) -> new GeneratedCron(random));
  }

  @Test
  void next_thousand_occurrences_of_a_recurrence_are_those_of_the_reference() {
    run(GeneratedRecurrence::new);
  }

  private interface Generator {
    ReferenceRule generate(Random random, LocalDateTime start);
  }

  private static void run(Generator generator) {
    long until = System.nanoTime() + SPAN.toNanos();
    int cases = 0;
    for (; cases < CASES || System.nanoTime() - until < 0; cases++) {
      check(generator, SEED + cases);
    }
    System.out.println(cases + " rules compared, seeds from " + SEED);
  }

  private static void check(Generator generator, long seed) {
    Random random = new Random(seed);
    ZoneId zone = Zones.ALL.get(random.nextInt(Zones.ALL.size()));
    LocalDateTime start = Zones.nearChange(zone, random);
    ReferenceRule rule = generator.generate(random, start);
    DaylightSaving dst = dst(random);
    String as = "seed %d: %s in %s, %s, from %s".formatted(seed, rule, zone, dst, start);
    Moment first = new Moment.Local(start);
    LocalDate last = start.toLocalDate().plusYears(rule.yearsToLookAt());
    List<Instant> expected =
        new ReferenceOccurrences(rule, zone, dst).from(first.in(zone), COUNT, last);

    List<Instant> actual = next(rule, zone, dst, first, last);
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      assertThat(actual.get(i)).as("%s: number %d", as, i + 1).isEqualTo(expected.get(i));
    }
    assertThat(actual).as(as).hasSameSizeAs(expected);
  }

  private static List<Instant> next(
      ReferenceRule rule, ZoneId zone, DaylightSaving dst, Moment first, LocalDate last) {
    Occurrences occurrences;
    try {
      Timetable timetable =
          new Timetable(rule.timing(), zone, first, null, null, Duration.ZERO, List.of(), dst);
      occurrences = new Occurrences(timetable, Instant.EPOCH, List.of());
    } catch (InvalidField e) {
      assertThat(e).hasMessageContaining("never fire");
      return List.of();
    }
    List<Instant> all = new ArrayList<>();
    Optional<Occurrence> next = occurrences.after(first.in(zone).minusNanos(1000), 0);
    while (all.size() < COUNT
        && next.isPresent()
        && !LocalDate.ofInstant(next.get().planned(), zone).isAfter(last)) {
      all.add(next.get().planned());
      next = occurrences.after(next.get().planned(), all.size());
    }
    return all;
  }

  private static DaylightSaving dst(Random random) {
    DaylightSaving.Gap[] gaps = DaylightSaving.Gap.values();
    DaylightSaving.Repeat[] repeats = DaylightSaving.Repeat.values();
    return new DaylightSaving(
        gaps[random.nextInt(gaps.length)], repeats[random.nextInt(repeats.length)]);
  }
}
