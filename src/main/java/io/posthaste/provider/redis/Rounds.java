package io.posthaste.provider.redis;

import io.posthaste.store.FailureReport;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;

/**
 * Goes round the queues, to each when something is to happen there as far as is known, and now and
 * then lest another replica died that knew more. A round that fails comes again.
 */
final class Rounds {
  private static final Logger LOG = Logger.getLogger("io.posthaste.upkeep");

  private static final Duration TICK = Duration.ofMillis(20);
  private static final Duration REGISTRY = Duration.ofSeconds(10);

  /** Where something is pending, and where nothing is. */
  private static final Duration BUSY = Duration.ofSeconds(5);

  private static final Duration IDLE = Duration.ofSeconds(15);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

  /** Where a lease or a life ends every moment, once in a while is enough. */
  private static final Duration LEAST = Duration.ofMillis(50);

  private static final int MOST_AT_ONCE = 64;

  private final Vertx vertx;
  private final Tending tending;
  private final Registry registry;
  private final IntConsumer gone;
  private final FailureReport failures = new FailureReport(LOG, "queues on redis");
  private final Set<Integer> failing = ConcurrentHashMap.newKeySet();
  private final Map<Integer, Long> next = new ConcurrentHashMap<>();
  private final AtomicInteger flying = new AtomicInteger();
  private volatile boolean stopped;
  private long readRegistryAt;

  /**
   * @param gone hears of each queue that is there no more
   */
  Rounds(Vertx vertx, Tending tending, Registry registry, IntConsumer gone) {
    this.vertx = vertx;
    this.tending = tending;
    this.registry = registry;
    this.gone = gone;
  }

  void start() {
    readRegistryAt = System.nanoTime();
    vertx.setPeriodic(
        TICK.toMillis(),
        timer -> {
          if (stopped) {
            vertx.cancelTimer(timer);
          } else {
            tick();
          }
        });
  }

  void stop() {
    stopped = true;
  }

  /** Something is to be done in a queue so much later. */
  void hint(int queue, long delayMicros) {
    long at = System.nanoTime() + Math.max(delayMicros * 1000, 0);
    next.merge(queue, at, (a, b) -> a - b <= 0 ? a : b);
  }

  void forget(int queue) {
    next.remove(queue);
    well(queue);
    gone.accept(queue);
  }

  private void tick() {
    long now = System.nanoTime();
    if (now - readRegistryAt >= 0) {
      readRegistryAt = now + REGISTRY.toNanos();
      registry.read().onSuccess(this::add);
    }
    for (Map.Entry<Integer, Long> queue : next.entrySet()) {
      if (flying.get() >= MOST_AT_ONCE) {
        break;
      }
      if (now - queue.getValue() >= 0) {
        // Whoever hints meanwhile moves it forward again
        next.replace(queue.getKey(), queue.getValue(), now + BUSY.toNanos());
        visit(queue.getKey());
      }
    }
  }

  private void add(Set<Integer> queues) {
    long now = System.nanoTime();
    queues.forEach(queue -> next.putIfAbsent(queue, now));
    next.keySet().stream()
        .filter(queue -> !queues.contains(queue) && !registry.knows(queue))
        .forEach(this::forget);
  }

  private void visit(int queue) {
    flying.incrementAndGet();
    tending
        .step(queue)
        .onComplete(
            result -> {
              flying.decrementAndGet();
              note(queue, result);
              if (result.failed()) {
                plan(queue, AFTER_FAILURE);
              } else if (result.result() == Tending.Tended.GONE) {
                forget(queue);
              } else {
                plan(queue, pause(result.result()));
              }
            });
  }

  // The others' success says nothing of those that fail
  private void note(int queue, AsyncResult<?> result) {
    if (result.failed()) {
      failing.add(queue);
      failures.failed(result.cause());
    } else {
      well(queue);
    }
  }

  private void well(int queue) {
    if (failing.remove(queue) && failing.isEmpty()) {
      failures.succeeded();
    }
  }

  private static Duration pause(Tending.Tended tended) {
    if (tended.more()) {
      return Duration.ZERO;
    }
    if (tended.nextMicros().isEmpty()) {
      return IDLE;
    }
    long micros = tended.nextMicros().getAsLong();
    Duration until = Duration.ofNanos(Math.min(micros, 1_000_000_000L) * 1000);
    return until.compareTo(BUSY) > 0 ? BUSY : until.compareTo(LEAST) < 0 ? LEAST : until;
  }

  // A hint that came while the queue was visited may be earlier
  private void plan(int queue, Duration pause) {
    long at = System.nanoTime() + pause.toNanos();
    if (pause.compareTo(BUSY) > 0) {
      next.put(queue, at);
    } else {
      hint(queue, pause.toNanos() / 1000);
    }
  }
}
