package io.posthaste.schedule;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Settles what was missed, in steps of bounded size: a schedule of every second that was down for a
 * month is caught up with without ever holding a month of occurrences. Each step starts from stored
 * progress alone, so that a crash between two repeats nothing.
 */
public final class CatchUp {
  private final Occurrences occurrences;
  private final MissedPolicy policy;

  public CatchUp(Occurrences occurrences, MissedPolicy policy) {
    this.occurrences = occurrences;
    this.policy = policy;
  }

  /**
   * How far a schedule has come.
   *
   * @param planned every planned time up to and including it is settled
   * @param fired how many occurrences have fired
   */
  public record Progress(Instant planned, long fired) {}

  /**
   * What to do about the next missed occurrences.
   *
   * @param fire to be fired, in this order
   * @param missed planned times that are left out
   * @param progress where the next step begins
   * @param finished whether nothing missed is left
   */
  public record Step(
      List<Occurrence> fire, List<Instant> missed, Progress progress, boolean finished) {}

  /**
   * The next step.
   *
   * @param until occurrences planned up to and including it are missed
   * @param most so many occurrences are settled at most; what an UpTo policy fires comes on top
   */
  public Step step(Progress from, Instant until, int most) {
    return switch (policy) {
      case MissedPolicy.Skip() -> keepLast(0, from, until, most);
      case MissedPolicy.Last() -> keepLast(1, from, until, most);
      case MissedPolicy.UpTo(int max) -> keepLast(max, from, until, most);
      case MissedPolicy.All() -> keepSince(Instant.MIN, from, until, most);
      case MissedPolicy.Within(var window) -> keepSince(until.minus(window), from, until, most);
    };
  }

  private Step keepSince(Instant since, Progress from, Instant until, int most) {
    List<Instant> planned = planned(from.planned(), until, most);
    List<Occurrence> fire = new ArrayList<>();
    List<Instant> missed = new ArrayList<>();
    for (Instant time : planned) {
      if (time.isBefore(since)) {
        missed.add(time);
      } else if (occurrences.remaining(from.fired() + fire.size()) > 0) {
        fire.add(occurrences.occurrence(time, from.fired() + fire.size() + 1));
      }
    }
    return new Step(fire, missed, progress(from, planned, fire), planned.size() < most);
  }

  private Step keepLast(int count, Progress from, Instant until, int most) {
    int kept = (int) Math.min(count, occurrences.remaining(from.fired()));
    List<Instant> planned = planned(from.planned(), until, most + kept);
    boolean finished = planned.size() < most + kept;
    int split = finished ? Math.max(planned.size() - kept, 0) : most;
    List<Occurrence> fire = new ArrayList<>();
    if (finished) {
      for (Instant time : planned.subList(split, planned.size())) {
        fire.add(occurrences.occurrence(time, from.fired() + fire.size() + 1));
      }
    }
    List<Instant> missed = List.copyOf(planned.subList(0, split));
    List<Instant> settled = finished ? planned : missed;
    return new Step(fire, missed, progress(from, settled, fire), finished);
  }

  private List<Instant> planned(Instant exclusive, Instant until, int most) {
    List<Instant> planned = new ArrayList<>();
    Optional<Instant> next = occurrences.plannedAfter(exclusive);
    while (planned.size() < most && next.isPresent() && !next.get().isAfter(until)) {
      planned.add(next.get());
      next = occurrences.plannedAfter(next.get());
    }
    return planned;
  }

  private static Progress progress(Progress from, List<Instant> settled, List<Occurrence> fired) {
    return new Progress(
        settled.isEmpty() ? from.planned() : settled.getLast(), from.fired() + fired.size());
  }
}
