package io.posthaste.firing;

import io.posthaste.message.MessageId;
import io.posthaste.queue.Queue;
import io.posthaste.schedule.Occurrence;
import io.posthaste.scheduling.HistoryEntry;
import io.posthaste.scheduling.HistoryEntry.Outcome;
import io.posthaste.scheduling.OccurrenceId;
import io.posthaste.scheduling.Plan;
import io.posthaste.scheduling.Planner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One schedule's turn within a step: first what it brings, then what is decided about it. */
final class Turn {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** A step holds no more of one schedule's payloads than that. */
  private static final int MOST_BYTES = 8 * 1024 * 1024;

  private static final int MOST_MISSED = 1000;

  final int schedule;
  final long version;
  final int size;
  private final Plan before;
  private final long entriesBefore;
  private final List<HistoryEntry> entries = new ArrayList<>();
  private List<Occurrence> fire = List.of();
  private Plan plan;
  private Optional<Instant> lookAt = Optional.empty();
  private int failures;
  private @Nullable String problem;
  @Nullable Loaded loaded;
  @Nullable Queue target;
  boolean busy;

  Turn(Key key, Plan plan, long entries, int failures) {
    this.schedule = key.schedule();
    this.version = key.version();
    this.size = key.size();
    this.before = plan;
    this.plan = plan;
    this.entriesBefore = entries;
    this.failures = failures;
  }

  /** Which schedule in which version, and how large its payload is. */
  record Key(int schedule, long version, int size) {}

  Plan before() {
    return before;
  }

  /** Decides what happens now. */
  void decide(Instant now, Loaded known) {
    int most = Math.clamp(MOST_BYTES / Math.max(size, 1), 1, MOST_MISSED);
    Planner.Step step =
        Planner.step(
            before, known.definition(), known.occurrences(), now, new Planner.Limits(busy, most));
    fire = step.fire();
    plan = step.plan();
    lookAt = step.lookAt();
    failures = 0;
    problem = null;
    step.missed().forEach(planned -> note(planned, now, Outcome.MISSED, null));
    step.skipped().forEach(planned -> note(planned, now, Outcome.SKIPPED, null));
    fire.forEach(
        it -> note(it.planned(), now, Outcome.FIRED, OccurrenceId.of(schedule, it.planned())));
  }

  /** Nothing happens now: the occurrence waits, and others do not wait for it. */
  void postpone(Instant now, String why) {
    fire = List.of();
    plan = before;
    entries.clear();
    if (failures == 0) {
      Instant planned = before.next().map(Occurrence::planned).orElse(now);
      entries.add(new HistoryEntry(entriesBefore + 1, planned, now, Outcome.FAILED, null, why));
    }
    problem = why;
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures, 5));
    failures++;
    lookAt = Optional.of(now.plus(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE));
  }

  private void note(Instant planned, Instant now, Outcome outcome, @Nullable MessageId message) {
    entries.add(
        new HistoryEntry(entriesBefore + entries.size() + 1, planned, now, outcome, message, null));
  }

  List<Occurrence> fire() {
    return fire;
  }

  List<HistoryEntry> entries() {
    return entries;
  }

  long entriesBefore() {
    return entriesBefore;
  }

  /** Where the plan stands afterwards, with the last message that was sent. */
  Plan after() {
    MessageId previous =
        fire.isEmpty() ? plan.previous() : OccurrenceId.of(schedule, fire.getLast().planned());
    return new Plan(
        plan.settled(), plan.fired(), plan.missedUntil(), previous, plan.waiting(), plan.next());
  }

  Optional<Instant> lookAt() {
    return lookAt;
  }

  int failures() {
    return failures;
  }

  @Nullable String problem() {
    return problem;
  }
}
