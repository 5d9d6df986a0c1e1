package io.posthaste.consumer;

import io.posthaste.delivery.Receive;
import io.posthaste.delivery.Settle;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Queues;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs on this replica a worker for every consumer that is defined. What other replicas change is
 * known within milliseconds, and within {@link #REGULAR} even if word of it is lost.
 */
@ApplicationScoped
class Workers {
  private static final Logger LOG = Logger.getLogger(Workers.class);
  private static final Duration TICK = Duration.ofMillis(250);
  private static final Duration REGULAR = Duration.ofMinutes(1);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** Handing on is given up before that. */
  private static final Duration PATIENCE = Duration.ofSeconds(6);

  private final ConsumerStore store;
  private final Worker.Services services;
  private final Map<Consumer.Key, Worker> workers = new ConcurrentHashMap<>();
  private final Set<Worker> draining = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Cancellable ticks;

  // All below is guarded by this
  private final Set<QueueName> changed = new HashSet<>();
  private boolean allChanged = true;
  private boolean looking;
  private long lookAt = System.nanoTime();
  private long regularAt = System.nanoTime();
  private long localChanges;
  private boolean stopped;

  Workers(
      ConsumerStore store,
      Queues queues,
      Receive receive,
      Settle settle,
      Destinations destinations,
      ConsumerEvents events) {
    this.store = store;
    this.services =
        new Worker.Services(
            queues, receive, settle, destinations, events, new Room(), InstantSource.system());
  }

  void begin(@Observes StartupEvent event) {
    store.onChange(queue -> queue.ifPresentOrElse(this::changed, this::allChanged));
    ticks =
        Multi.createFrom()
            .ticks()
            .every(TICK)
            .onOverflow()
            .drop()
            .subscribe()
            .with(
                _ -> tick(), failure -> LOG.error("consumers are no longer looked after", failure));
  }

  void beginToEnd(@Observes ShutdownDelayInitiatedEvent event) {
    stopAll();
  }

  /** Before the brokers' clients end. */
  void end(@Observes @Priority(Interceptor.Priority.APPLICATION) ShutdownEvent event) {
    stopAll();
    CompletableFuture<?>[] all =
        draining.stream().map(Worker::drained).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(all).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warnf("consumers still hold messages, which come again once their leases end");
    }
    Cancellable ticking = ticks;
    if (ticking != null) {
      ticking.cancel();
    }
  }

  private synchronized void stopAll() {
    stopped = true;
    workers.keySet().forEach(this::stop);
  }

  /** Runs a consumer as it is defined from now on. */
  synchronized void set(Consumer consumer) {
    localChanges++;
    run(consumer);
  }

  /** When this returns, nothing more is taken for the consumer. */
  synchronized void remove(int queueId, ConsumerName name) {
    localChanges++;
    stop(new Consumer.Key(queueId, name));
  }

  Condition condition(Consumer consumer) {
    Worker worker = workers.get(consumer.key());
    return worker == null ? Condition.STARTING : worker.condition();
  }

  private void run(Consumer consumer) {
    if (stopped) {
      return;
    }
    Worker known = workers.get(consumer.key());
    if (known == null) {
      workers.put(consumer.key(), new Worker(consumer, services, () -> changed(consumer.queue())));
    } else {
      known.change(consumer);
    }
  }

  private void stop(Consumer.Key key) {
    Worker gone = workers.remove(key);
    if (gone != null) {
      draining.add(gone);
      gone.stop();
    }
  }

  private synchronized void changed(QueueName queue) {
    changed.add(queue);
  }

  private synchronized void allChanged() {
    allChanged = true;
  }

  private void tick() {
    try {
      workers.values().forEach(Worker::tick);
      draining.forEach(Worker::tick);
      draining.removeIf(worker -> worker.drained().isDone());
      look();
    } catch (RuntimeException e) {
      // One that fails must not end it for all
      LOG.error("consumers were not looked after", e);
    }
  }

  /** What is looked for, and how much this replica had changed itself by then. */
  private record Look(Optional<Set<QueueName>> queues, long localChanges) {}

  private void look() {
    Look look = nextLook(System.nanoTime());
    if (look != null) {
      store
          .all(look.queues())
          .subscribe()
          .with(found -> found(look, found), failure -> notFound(look, failure));
    }
  }

  private synchronized @Nullable Look nextLook(long now) {
    if (now - regularAt >= 0) {
      allChanged = true;
    }
    if (looking || stopped || now - lookAt < 0 || !allChanged && changed.isEmpty()) {
      return null;
    }
    Look look =
        new Look(allChanged ? Optional.empty() : Optional.of(Set.copyOf(changed)), localChanges);
    if (allChanged) {
      regularAt = now + REGULAR.toNanos();
    }
    changed.clear();
    allChanged = false;
    looking = true;
    return look;
  }

  private synchronized void found(Look look, List<Consumer> found) {
    looking = false;
    if (look.localChanges() != localChanges) {
      // What was found may be older than what has been changed here since
      lookAgain(look);
      return;
    }
    Map<Consumer.Key, Consumer> wanted = new HashMap<>();
    found.forEach(consumer -> wanted.put(consumer.key(), consumer));
    for (Worker worker : List.copyOf(workers.values())) {
      Consumer consumer = worker.consumer();
      boolean looked = look.queues().map(all -> all.contains(consumer.queue())).orElse(true);
      if (looked && !wanted.containsKey(consumer.key())) {
        stop(consumer.key());
      }
    }
    wanted.values().forEach(this::run);
  }

  private synchronized void notFound(Look look, Throwable failure) {
    LOG.debugf("consumers not found cause=%s", failure);
    looking = false;
    lookAt = System.nanoTime() + RETRY.toNanos();
    lookAgain(look);
  }

  private void lookAgain(Look look) {
    look.queues().ifPresentOrElse(changed::addAll, () -> allChanged = true);
  }
}
