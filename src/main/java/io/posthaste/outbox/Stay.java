package io.posthaste.outbox;

import java.util.Collection;
import java.util.UUID;

/**
 * Which row of the outbox. An id alone may stand in several queues: an AMQP exchange copies what is
 * published to every queue that is bound to it.
 *
 * @param queue the queue's id
 */
record Stay(UUID id, int queue) {
  static Stay of(OutboxEntry entry) {
    return new Stay(entry.message().id().value(), entry.queue().id());
  }

  /** For a statement's parameter. */
  static UUID[] ids(Collection<Stay> stays) {
    return stays.stream().map(Stay::id).toArray(UUID[]::new);
  }

  /** For a statement's parameter. */
  static Integer[] queues(Collection<Stay> stays) {
    return stays.stream().map(Stay::queue).toArray(Integer[]::new);
  }
}
