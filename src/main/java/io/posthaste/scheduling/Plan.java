package io.posthaste.scheduling;

import io.posthaste.message.MessageId;
import io.posthaste.schedule.Occurrence;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far a schedule has come.
 *
 * @param settled every planned time up to and including it is done with
 * @param fired how many occurrences have had their turn
 * @param missedUntil what was planned up to then was missed, whenever it is looked at
 * @param previous the message that the last occurrence became
 * @param waiting an occurrence that is sent once the previous one's message is settled
 * @param next absent when nothing is left
 */
public record Plan(
    Instant settled,
    long fired,
    @Nullable Instant missedUntil,
    @Nullable MessageId previous,
    @Nullable Waiting waiting,
    Optional<Occurrence> next) {

  /** An occurrence whose turn has come, but not its time. */
  public record Waiting(Instant planned, long number) {}

  /** Of a schedule that begins now. */
  public static Plan from(Instant now) {
    return new Plan(now, 0, null, null, null, Optional.empty());
  }
}
