package io.posthaste.queue;

import java.time.Instant;

/**
 * A queue as it is defined at the moment.
 *
 * @param id never used again, not even for a queue of the same name after a delete
 * @param provider the name of the {@link QueueProvider} that holds its messages
 */
public record Queue(
    int id,
    QueueName name,
    String provider,
    QueuePolicy policy,
    Instant createdAt,
    Instant changedAt) {

  /** Whether messages of a group wait for each other here. */
  public boolean ordersByGroup() {
    return policy.ordering() == Ordering.GROUP;
  }
}
