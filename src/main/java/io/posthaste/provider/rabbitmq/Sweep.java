package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues;
import io.posthaste.store.FailureReport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Ends the leases of this replica that ran out. What cannot be carried on, because a store is away,
 * is nobody's until it can be, or until the broker takes it back.
 */
final class Sweep {
  private static final Logger LOG = Logger.getLogger(Sweep.class);
  private static final Duration EVERY = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final int STEP = 1000;

  /** Some rounds of {@link #EVERY}, so that a store that is away is not asked all the time. */
  private static final int PAUSE = 20;

  private final Threads threads;
  private final Holdings holdings;
  private final Settles settles;
  private final Supplier<Queues> queues;
  private final Supplier<Instant> clock;
  private final Lock running = new ReentrantLock();
  private final List<Held> stuck = new ArrayList<>();
  private final FailureReport failures = new FailureReport(LOG, "ends of leases on rabbitmq");
  private int pause;

  Sweep(
      Threads threads,
      Holdings holdings,
      Settles settles,
      Supplier<Queues> queues,
      Supplier<Instant> clock) {
    this.threads = threads;
    this.holdings = holdings;
    this.settles = settles;
    this.queues = queues;
    this.clock = clock;
  }

  void start() {
    threads
        .timer()
        .scheduleWithFixedDelay(
            () -> threads.virtual().execute(this::run),
            EVERY.toMillis(),
            EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void run() {
    if (running.tryLock()) {
      try {
        if (pause > 0) {
          pause--;
        } else {
          step();
        }
      } finally {
        running.unlock();
      }
    }
  }

  /** One round; whether there may be more at once. Blocking. */
  boolean sweep() {
    running.lock();
    try {
      return step();
    } finally {
      running.unlock();
    }
  }

  private boolean step() {
    stuck.removeIf(held -> !held.arrival().isOpen());
    List<Held> over = new ArrayList<>(stuck);
    over.addAll(holdings.takeOver(clock.get(), STEP));
    stuck.clear();
    if (over.isEmpty()) {
      failures.succeeded();
      return false;
    }
    try {
      carry(over);
      failures.succeeded();
    } catch (IOException | RuntimeException e) {
      failures.failed(e);
      over.stream().filter(held -> held.arrival().isOpen()).forEach(stuck::add);
      pause = PAUSE;
      return false;
    }
    return over.size() >= STEP;
  }

  private void carry(List<Held> over) throws IOException {
    Map<Integer, List<Held>> byQueue = over.stream().collect(Collectors.groupingBy(Held::queue));
    Map<Integer, Queue> known = queues.get().byId(byQueue.keySet()).await().atMost(PATIENCE);
    for (Map.Entry<Integer, List<Held>> entry : byQueue.entrySet()) {
      Queue queue = known.get(entry.getKey());
      if (queue == null) {
        for (Held held : entry.getValue()) {
          held.arrival().ack();
        }
      } else {
        settles.expire(queue, entry.getValue());
      }
    }
  }
}
