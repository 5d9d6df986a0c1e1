package io.posthaste.deadletter;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A job that sends dead letters back.
 *
 * @param matched how many there were when it was asked for
 * @param skipped how many stayed dead, because their queue is gone or the patch does not fit
 * @param lastProblem why the last of them was skipped
 */
public record Replay(
    UUID id,
    long matched,
    long replayed,
    long skipped,
    Optional<String> lastProblem,
    Instant createdAt,
    Optional<Instant> finishedAt) {

  /** What is asked for. */
  public record Order(
      DeadLetterFilter filter,
      Optional<String> to,
      Optional<Double> rate,
      Optional<MergePatch> patch) {}
}
