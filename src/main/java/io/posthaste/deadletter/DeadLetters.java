package io.posthaste.deadletter;

import io.posthaste.message.MessageId;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Queues;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Finds dead letters, sends them back, and removes them. */
@ApplicationScoped
public class DeadLetters {
  private final DeadLetterStore store;
  private final ReplayStore replays;
  private final Queues queues;

  DeadLetters(DeadLetterStore store, ReplayStore replays, Queues queues) {
    this.store = store;
    this.replays = replays;
    this.queues = queues;
  }

  public Uni<List<DeadLetter>> list(
      DeadLetterFilter filter, Optional<DeadLetterStore.Cursor> after, int limit) {
    return store.list(filter, after, limit);
  }

  public Uni<Optional<DeadLetter>> find(MessageId id) {
    return store.find(id);
  }

  public Uni<Long> count(DeadLetterFilter filter) {
    return store.count(filter);
  }

  public Uni<Long> delete(DeadLetterFilter filter) {
    return store.delete(filter);
  }

  /** Starts a replay; fails with {@code QueueNotFound} when it is to go to a queue that is not. */
  public Uni<Replay> replay(Replay.Order order) {
    return order.to().isEmpty()
        ? replays.start(order)
        : queues.get(new QueueName(order.to().get())).flatMap(_ -> replays.start(order));
  }

  public Uni<Optional<Replay>> findReplay(UUID id) {
    return replays.find(id);
  }
}
