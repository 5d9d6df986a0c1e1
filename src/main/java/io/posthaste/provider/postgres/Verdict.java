package io.posthaste.provider.postgres;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.QueuePolicy;
import java.time.Duration;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What becomes of a message whose lease is over without an ack. */
sealed interface Verdict {
  UUID message();

  /**
   * Available again after the delay.
   *
   * @param attempt the attempts that count from now on
   * @param reason why the attempt failed; absent when it did not
   */
  record Back(UUID message, int attempt, Duration delay, @Nullable String reason)
      implements Verdict {}

  /** A dead letter. */
  record Dead(UUID message, int attempt, DeadLetterClass deadLetterClass, String reason)
      implements Verdict {}

  /** Gone without a trace: its time is over and the policy says so, or its queue was deleted. */
  record Dropped(UUID message) implements Verdict {}

  /** The verdict on a failed attempt. */
  static Verdict failed(
      UUID message,
      int attempt,
      String reason,
      DeadLetterClass whenExhausted,
      QueuePolicy policy,
      RandomGenerator random) {
    return attempt >= policy.maxAttempts()
        ? new Dead(message, attempt, whenExhausted, reason)
        : new Back(message, attempt, policy.retry().backoff(attempt, random), reason);
  }
}
