package io.posthaste.consumer;

import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.Queues;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/**
 * The consumers that are defined. A change is in force on this replica when it is answered, and on
 * the others within a second. Everything fails with {@link QueueNotFound} for an unknown queue.
 */
@ApplicationScoped
public class Consumers {
  private final Queues queues;
  private final ConsumerStore store;
  private final Destinations destinations;
  private final Workers workers;

  Consumers(Queues queues, ConsumerStore store, Destinations destinations, Workers workers) {
    this.queues = queues;
    this.store = store;
    this.destinations = destinations;
    this.workers = workers;
  }

  /**
   * Defines a consumer, or changes it. Fails with {@code ProviderDisabled} when its kind needs what
   * is turned off.
   */
  public Uni<ConsumerStore.Put> define(QueueName queue, ConsumerName name, Kind kind) {
    return queues
        .get(queue)
        .invoke(() -> requireEnabled(kind))
        .flatMap(found -> store.put(found, name, kind))
        .map(put -> put.orElseThrow(() -> gone(queue)))
        .invoke(put -> workers.set(put.consumer()));
  }

  /**
   * Whether consumers of a kind can be run at all.
   *
   * @throws io.posthaste.queue.ProviderDisabled if something that they need is turned off
   */
  public void requireEnabled(Kind kind) {
    destinations.of(kind).requireEnabled();
  }

  private QueueNotFound gone(QueueName queue) {
    queues.forget(queue);
    return new QueueNotFound(queue);
  }

  public Uni<Optional<Consumer>> find(QueueName queue, ConsumerName name) {
    return queues.get(queue).flatMap(found -> store.find(found, name));
  }

  /** In the order of names, those behind {@code after}. */
  public Uni<List<Consumer>> list(QueueName queue, Optional<ConsumerName> after, int limit) {
    return queues.get(queue).flatMap(found -> store.list(found, after, limit));
  }

  /** Whether it was there. When this answers, this replica takes nothing more for it. */
  public Uni<Boolean> remove(QueueName queue, ConsumerName name) {
    return queues.get(queue).flatMap(found -> remove(found, name));
  }

  private Uni<Boolean> remove(Queue queue, ConsumerName name) {
    return store.delete(queue, name).invoke(() -> workers.remove(queue.id(), name));
  }

  /** How it does on this replica. */
  public Condition condition(Consumer consumer) {
    return workers.condition(consumer);
  }
}
