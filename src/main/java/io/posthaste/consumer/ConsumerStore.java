package io.posthaste.consumer;

import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where the definitions of consumers lie, for all replicas. They go with their queue. */
public interface ConsumerStore {
  /** Defines or changes a consumer; empty when the queue is gone. */
  Uni<Optional<Put>> put(Queue queue, ConsumerName name, Kind kind);

  /** What is stored now, and whether it is new. */
  record Put(Consumer consumer, boolean created) {}

  Uni<Optional<Consumer>> find(Queue queue, ConsumerName name);

  /** A queue's, in the order of names, those behind {@code after}. */
  Uni<List<Consumer>> list(Queue queue, Optional<ConsumerName> after, int limit);

  /** Those of the queues of these names, or of all queues. */
  Uni<List<Consumer>> all(Optional<Set<QueueName>> queues);

  /** Whether it was there. */
  Uni<Boolean> delete(Queue queue, ConsumerName name);

  /**
   * Hears the name of each queue of which another replica changed a consumer, empty when it may be
   * any of them.
   */
  void onChange(java.util.function.Consumer<Optional<QueueName>> listener);
}
