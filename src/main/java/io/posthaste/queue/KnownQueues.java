package io.posthaste.queue;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Definitions of queues in memory. A change by any replica is known to the others within
 * milliseconds, and within {@link #TRUSTED} even if word of it is lost. What was read before a
 * change is never remembered after it.
 */
final class KnownQueues {
  static final Duration TRUSTED = Duration.ofMinutes(1);

  private final QueueStore store;
  private final Map<QueueName, Known> byName = new ConcurrentHashMap<>();
  private final Map<Integer, Known> byId = new ConcurrentHashMap<>();
  private final Map<QueueName, Uni<Queue>> loading = new ConcurrentHashMap<>();

  /** Guarded by this, as are the writes to the maps by name and id. */
  private long changes;

  private record Known(Queue queue, long since) {
    boolean fresh() {
      return System.nanoTime() - since < TRUSTED.toNanos();
    }
  }

  KnownQueues(QueueStore store) {
    this.store = store;
    store.onChange(name -> name.ifPresentOrElse(this::forget, this::forgetAll));
  }

  Uni<Queue> get(QueueName name) {
    Known queue = byName.get(name);
    return queue != null && queue.fresh() ? Uni.createFrom().item(queue.queue()) : load(name);
  }

  // One look at the store serves all who ask at the same time
  private Uni<Queue> load(QueueName name) {
    return loading.computeIfAbsent(
        name,
        _ ->
            Uni.createFrom()
                .deferred(() -> find(name, changes()))
                .onTermination()
                .invoke(() -> loading.remove(name))
                .memoize()
                .indefinitely());
  }

  private Uni<Queue> find(QueueName name, long seen) {
    return store
        .find(name)
        .map(found -> found.orElseThrow(() -> new QueueNotFound(name)))
        .invoke(queue -> remember(queue, seen));
  }

  Uni<Map<Integer, Queue>> byId(Collection<Integer> ids) {
    Map<Integer, Queue> found = new HashMap<>();
    Set<Integer> missing = new HashSet<>();
    for (Integer id : ids) {
      Known queue = byId.get(id);
      if (queue != null && queue.fresh()) {
        found.put(id, queue.queue());
      } else {
        missing.add(id);
      }
    }
    if (missing.isEmpty()) {
      return Uni.createFrom().item(found);
    }
    long seen = changes();
    return store
        .findAll(missing)
        .map(
            loaded -> {
              for (Queue queue : loaded) {
                remember(queue, seen);
                found.put(queue.id(), queue);
              }
              return found;
            });
  }

  private synchronized long changes() {
    return changes;
  }

  private synchronized void remember(Queue queue, long seen) {
    if (changes == seen) {
      Known known = new Known(queue, System.nanoTime());
      byId.put(queue.id(), known);
      Optional.ofNullable(byName.put(queue.name(), known))
          .filter(before -> before.queue().id() != queue.id())
          .ifPresent(before -> byId.remove(before.queue().id()));
    }
  }

  /** The next who ask look at the store, also where a look is under way that may be too old. */
  synchronized void forget(QueueName name) {
    changes++;
    loading.remove(name);
    Known known = byName.remove(name);
    if (known != null) {
      byId.remove(known.queue().id());
    }
  }

  private synchronized void forgetAll() {
    changes++;
    loading.clear();
    byName.clear();
    byId.clear();
  }
}
