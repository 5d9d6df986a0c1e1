package io.posthaste.deadletter;

import io.posthaste.message.Message;
import io.posthaste.queue.DeadLetterClass;
import java.time.Instant;
import java.util.List;

/**
 * A message that is dead.
 *
 * @param queue the name of the queue that it died in, which may be gone by now
 * @param reason of the last failure
 * @param history the failed attempts, the first one first; empty in lists
 */
public record DeadLetter(
    Message message,
    String queue,
    DeadLetterClass deadLetterClass,
    String reason,
    int attempts,
    Instant diedAt,
    List<FailedAttempt> history) {

  /** One entry of the history. */
  public record FailedAttempt(int attempt, Instant failedAt, String reason) {}
}
