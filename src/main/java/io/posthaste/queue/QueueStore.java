package io.posthaste.queue;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Where the definitions of queues lie, for all replicas. */
public interface QueueStore {
  /** So long a claim lasts: longer than a broker may take. */
  Duration CLAIM = Duration.ofSeconds(15);

  Uni<Optional<Queue>> find(QueueName name);

  Uni<List<Queue>> findAll(Collection<Integer> ids);

  /** In the order of names, those behind {@code after}. */
  Uni<List<Queue>> list(Optional<QueueName> after, int limit);

  /** Empty when a queue of that name exists already. */
  Uni<Optional<Queue>> insert(QueueName name, String provider, QueuePolicy policy);

  /** Empty when the queue is gone. */
  Uni<Optional<Queue>> update(Queue queue, QueuePolicy policy);

  /**
   * Deletes a queue. What is stored by a send answered with success before this is seen by the look
   * whether the queue is empty; a send after it finds no queue.
   *
   * <p>From then on it is left at its broker, and claimed by the caller.
   */
  Uni<Deletion> delete(Queue queue, Queues.Removal removal);

  /** What became of a queue that was to be deleted. */
  enum Deletion {
    DELETED,
    NOT_EMPTY,
    MISSING
  }

  /**
   * Claims a queue of a provider that is deleted and left at its broker, of the given name if any.
   * A claim is over when it is not followed by {@link #dropped} within {@link #CLAIM}.
   */
  Uni<Left> claimLeft(String provider, Optional<QueueName> name);

  /** The broker has dropped a queue that was left. */
  Uni<Void> dropped(Queue queue);

  /**
   * What there is to be dropped.
   *
   * @param claimed for the caller to drop; its policy is forgotten
   * @param byOthers whether all that there is was claimed by somebody else
   */
  record Left(Optional<Queue> claimed, boolean byOthers) {}

  /** Hears the name of each queue that any replica changed, empty when it may be any of them. */
  void onChange(java.util.function.Consumer<Optional<QueueName>> listener);
}
