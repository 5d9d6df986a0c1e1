package io.posthaste.consumer;

import io.posthaste.queue.QueueName;
import java.time.Instant;

/**
 * A consumer that is defined.
 *
 * @param queueId of the queue that it belongs to, and goes with: one that is made anew under the
 *     same name is another
 */
public record Consumer(
    int queueId,
    QueueName queue,
    ConsumerName name,
    Kind kind,
    Instant createdAt,
    Instant changedAt) {

  /** What tells it from all others. */
  record Key(int queueId, ConsumerName name) {}

  Key key() {
    return new Key(queueId, name);
  }
}
