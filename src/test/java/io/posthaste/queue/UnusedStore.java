package io.posthaste.queue;

import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Fails whoever asks it for anything. */
class UnusedStore implements QueueStore {
  private static <T> Uni<T> unused() {
    return Uni.createFrom().failure(new AssertionError("the store was asked"));
  }

  @Override
  public Uni<Optional<Queue>> find(QueueName name) {
    return unused();
  }

  @Override
  public Uni<List<Queue>> findAll(Collection<Integer> ids) {
    return unused();
  }

  @Override
  public Uni<List<Queue>> list(Optional<QueueName> after, int limit) {
    return unused();
  }

  @Override
  public Uni<Optional<Queue>> insert(QueueName name, String provider, QueuePolicy policy) {
    return unused();
  }

  @Override
  public Uni<Optional<Queue>> update(Queue queue, QueuePolicy policy) {
    return unused();
  }

  @Override
  public Uni<Deletion> delete(Queue queue, Queues.Removal removal) {
    return unused();
  }

  @Override
  public Uni<Left> claimLeft(String provider, Optional<QueueName> name) {
    return unused();
  }

  @Override
  public Uni<Void> dropped(Queue queue) {
    return unused();
  }

  @Override
  public void onChange(Consumer<Optional<QueueName>> listener) {}
}
