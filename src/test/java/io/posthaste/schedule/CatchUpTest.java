package io.posthaste.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.posthaste.message.InvalidField;
import io.posthaste.schedule.CatchUp.Progress;
import io.posthaste.schedule.CatchUp.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A schedule of every minute, down for ten. */
final class CatchUpTest {
  private static final Instant MADE = Instant.parse("2027-03-01T09:00:00Z");
  private static final Instant BACK = MADE.plusSeconds(630);
  private static final Timetables EVERY_MINUTE = Timetables.of("PT1M");

  /** What all steps together do. */
  private record Outcome(List<Integer> fired, List<Integer> missed, Progress progress) {}

  private static Outcome caughtUp(Timetables timetable, MissedPolicy policy, int most) {
    CatchUp catchUp = new CatchUp(timetable.made(MADE), policy);
    List<Integer> fired = new ArrayList<>();
    List<Integer> missed = new ArrayList<>();
    Progress progress = new Progress(MADE, 0);
    boolean finished = false;
    while (!finished) {
      Step step = catchUp.step(progress, BACK, most);
      for (Occurrence occurrence : step.fire()) {
        fired.add(minute(occurrence.planned()));
        assertThat(occurrence.number()).isEqualTo(fired.size());
      }
      step.missed().forEach(planned -> missed.add(minute(planned)));
      assertThat(step.missed()).hasSizeLessThanOrEqualTo(Math.max(most, 10));
      progress = step.progress();
      finished = step.finished();
    }
    return new Outcome(fired, missed, progress);
  }

  private static int minute(Instant planned) {
    return (int) Duration.between(MADE, planned).toMinutes();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 100})
  void policies_choose_whatever_the_size_of_a_step(int most) {
    Outcome skip = caughtUp(EVERY_MINUTE, new MissedPolicy.Skip(), most);
    Outcome last = caughtUp(EVERY_MINUTE, new MissedPolicy.Last(), most);
    Outcome all = caughtUp(EVERY_MINUTE, new MissedPolicy.All(), most);
    Outcome three = caughtUp(EVERY_MINUTE, new MissedPolicy.UpTo(3), most);
    Outcome within = caughtUp(EVERY_MINUTE, new MissedPolicy.Within(Duration.ofSeconds(150)), most);

    assertThat(skip.fired()).isEmpty();
    assertThat(skip.missed()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertThat(last.fired()).containsExactly(10);
    assertThat(last.missed()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(all.fired()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertThat(all.missed()).isEmpty();
    assertThat(three.fired()).containsExactly(8, 9, 10);
    assertThat(three.missed()).containsExactly(1, 2, 3, 4, 5, 6, 7);
    assertThat(within.fired()).containsExactly(8, 9, 10);
    assertThat(within.missed()).containsExactly(1, 2, 3, 4, 5, 6, 7);
    for (Outcome outcome : List.of(skip, last, all, three, within)) {
      assertThat(outcome.progress())
          .isEqualTo(new Progress(MADE.plusSeconds(600), outcome.fired().size()));
    }
  }

  @Test
  void more_than_there_are_is_all_of_them() {
    Outcome outcome = caughtUp(EVERY_MINUTE, new MissedPolicy.UpTo(1000), 4);

    assertThat(outcome.fired()).hasSize(10);
    assertThat(outcome.missed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 100})
  void limit_of_the_schedule_holds(int most) {
    Timetables two = EVERY_MINUTE.limitedTo(2);

    assertThat(caughtUp(two, new MissedPolicy.All(), most).fired()).containsExactly(1, 2);
    assertThat(caughtUp(two, new MissedPolicy.UpTo(5), most).fired()).containsExactly(9, 10);
    assertThat(caughtUp(two, new MissedPolicy.Within(Duration.ofMinutes(3)), most).fired())
        .containsExactly(8, 9);
  }

  @Test
  void nothing_missed_is_finished_at_once() {
    Step step =
        new CatchUp(EVERY_MINUTE.made(MADE), new MissedPolicy.All())
            .step(new Progress(BACK, 7), BACK, 10);

    assertThat(step).isEqualTo(new Step(List.of(), List.of(), new Progress(BACK, 7), true));
  }

  @Test
  void month_of_every_second_is_never_held_at_once() {
    CatchUp catchUp = new CatchUp(Timetables.of("PT1S").made(MADE), new MissedPolicy.Last());
    Progress progress = new Progress(MADE, 0);
    Instant back = MADE.plus(Duration.ofDays(30));
    int missed = 0;
    Step step;
    do {
      step = catchUp.step(progress, back, 1000);
      assertThat(step.missed()).hasSizeLessThanOrEqualTo(1000);
      missed += step.missed().size();
      progress = step.progress();
    } while (!step.finished());

    assertThat(missed).isEqualTo(30 * 86_400 - 1);
    assertThat(step.fire()).extracting(Occurrence::planned).containsExactly(back);
  }

  @Test
  void bounds_of_the_policies_are_checked() {
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> new MissedPolicy.UpTo(0))
        .matches(e -> e.field().equals("missed.max"));
    assertThatExceptionOfType(InvalidField.class)
        .isThrownBy(() -> new MissedPolicy.Within(Duration.ZERO))
        .matches(e -> e.field().equals("missed.within"));
  }
}
