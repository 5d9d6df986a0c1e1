package io.posthaste.scheduling;

import io.posthaste.message.MessageId;
import io.posthaste.schedule.CatchUp;
import io.posthaste.schedule.Occurrence;
import io.posthaste.schedule.Occurrences;
import io.posthaste.schedule.Overlap;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a schedule does at a moment: which occurrences it fires, which were missed, which
 * are left out, and where its plan stands then. In steps of bounded size.
 *
 * <p>What is later than {@link #GRACE} was missed, and all that was planned since with it: the
 * missed policy decides. What is less late is fired.
 */
public final class Planner {
  public static final Duration GRACE = Duration.ofSeconds(10);

  /** How often a schedule looks whether the previous message is settled while one waits. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private static final int MOST_LATE = 100;

  private final Definition definition;
  private final Occurrences occurrences;
  private final Instant now;
  private final List<Occurrence> fire = new ArrayList<>();
  private final List<Instant> missed = new ArrayList<>();
  private final List<Instant> skipped = new ArrayList<>();
  private boolean busy;
  private Plan.@Nullable Waiting waiting;

  /**
   * What is to be done, and to be noted with it in one transaction.
   *
   * @param plan with the previous message as it was: what is fired has no id here
   * @param lookAt when to decide again; absent when nothing is left
   */
  public record Step(
      List<Occurrence> fire,
      List<Instant> missed,
      List<Instant> skipped,
      Plan plan,
      Optional<Instant> lookAt) {}

  private Planner(Definition definition, Occurrences occurrences, Instant now) {
    this.definition = definition;
    this.occurrences = occurrences;
    this.now = now;
  }

  /** The next step of a schedule. */
  public static Step step(
      Plan plan, Definition definition, Occurrences occurrences, Instant now, Limits limits) {
    return new Planner(definition, occurrences, now).step(plan, limits);
  }

  /**
   * @param busy whether the previous occurrence's message is not settled
   * @param most how many missed occurrences are settled at most
   */
  public record Limits(boolean busy, int most) {}

  private Step step(Plan plan, Limits limits) {
    busy = limits.busy();
    waiting = plan.waiting();
    if (waiting != null && !busy) {
      fire.add(new Occurrence(waiting.planned(), waiting.planned(), waiting.number()));
      busy = true;
      waiting = null;
    }
    CatchUp.Progress progress = new CatchUp.Progress(plan.settled(), plan.fired());
    Instant until = missedUntil(plan, progress);
    boolean finished = true;
    if (until != null) {
      CatchUp.Step caughtUp =
          new CatchUp(occurrences, definition.missed()).step(progress, until, limits.most());
      caughtUp.fire().forEach(this::offer);
      missed.addAll(caughtUp.missed());
      progress = caughtUp.progress();
      finished = caughtUp.finished();
    }
    return finished ? late(plan, progress) : result(plan, progress, until, Optional.of(now));
  }

  /** Up to when occurrences were missed; absent when none was. */
  private @Nullable Instant missedUntil(Plan plan, CatchUp.Progress progress) {
    Instant until = plan.missedUntil();
    Optional<Occurrence> next = occurrences.after(progress.planned(), progress.fired());
    if (next.isPresent() && next.get().due().isBefore(now.minus(GRACE))) {
      // With jitter, what was planned a moment ago may be due only later
      Instant latest = now.minus(definition.timetable().jitter());
      Instant first = next.get().planned();
      Instant late = latest.isBefore(first) ? first : latest;
      return until == null || late.isAfter(until) ? late : until;
    }
    return until;
  }

  private Step late(Plan plan, CatchUp.Progress from) {
    CatchUp.Progress progress = from;
    Optional<Occurrence> next = occurrences.after(progress.planned(), progress.fired());
    int late = 0;
    while (next.isPresent() && !next.get().due().isAfter(now) && late++ < MOST_LATE) {
      offer(next.get());
      progress = new CatchUp.Progress(next.get().planned(), next.get().number());
      next = occurrences.after(progress.planned(), progress.fired());
    }
    Optional<Instant> lookAt = next.map(Occurrence::due);
    if (waiting != null) {
      Instant again = now.plus(AGAIN);
      lookAt = Optional.of(lookAt.filter(due -> due.isBefore(again)).orElse(again));
    }
    return result(plan, progress, null, lookAt);
  }

  private void offer(Occurrence occurrence) {
    switch (definition.overlap()) {
      case ALLOW -> fire.add(occurrence);
      case SKIP -> fireUnlessBusy(occurrence, false);
      case QUEUE -> fireUnlessBusy(occurrence, waiting == null);
    }
  }

  private void fireUnlessBusy(Occurrence occurrence, boolean mayWait) {
    if (!busy) {
      fire.add(occurrence);
      busy = true;
    } else if (mayWait) {
      waiting = new Plan.Waiting(occurrence.planned(), occurrence.number());
    } else {
      skipped.add(occurrence.planned());
    }
  }

  private Step result(
      Plan plan, CatchUp.Progress progress, @Nullable Instant until, Optional<Instant> lookAt) {
    MessageId previous = plan.previous();
    Optional<Occurrence> next = occurrences.after(progress.planned(), progress.fired());
    return new Step(
        List.copyOf(fire),
        List.copyOf(missed),
        List.copyOf(skipped),
        new Plan(progress.planned(), progress.fired(), until, previous, waiting, next),
        lookAt);
  }

  /** Whether the schedule has to know about its previous message. */
  public static boolean minds(Definition definition) {
    return definition.overlap() != Overlap.ALLOW;
  }
}
