package io.posthaste.provider.redis;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Group commit for one queue and operation: requests that arrive while scripts are under way share
 * the next one, and with it the server's write to disk. Idle, it runs a request at once.
 *
 * <p>Bounded: beyond {@link #MOST_PENDING} messages waiting, new requests are refused. None waits
 * for longer than the link to a silent server lives.
 *
 * @param <Q> a request
 * @param <R> its answer
 */
final class GroupCommit<Q extends GroupCommit.Weighted, R> {
  static final int MOST_PENDING = 20_000;

  /** Two scripts keep the server busy while answers travel; more would only be smaller. */
  private static final int SLOTS = 2;

  /** A second script is worth its cost only with so many messages. */
  private static final int WORTH_ANOTHER = 24;

  private static final int MOST_MESSAGES = 1000;
  private static final long MOST_BYTES = 8 * 1024 * 1024;

  private final String operation;
  private final MergeListener listener;
  private final Function<List<Q>, Future<List<R>>> script;
  private final Queue<Pending<Q, R>> pending = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger flying = new AtomicInteger();

  /** How much of a script a request takes. */
  interface Weighted {
    int messages();

    long bytes();
  }

  /** Hears of each merged script. */
  interface MergeListener {
    void merged(String operation, int requests, Duration took);
  }

  private record Pending<Q, R>(Q request, UniEmitter<? super R> emitter) {}

  /**
   * @param script runs one script for all given requests; answers in their order
   */
  GroupCommit(String operation, MergeListener listener, Function<List<Q>, Future<List<R>>> script) {
    this.operation = operation;
    this.listener = listener;
    this.script = script;
  }

  Uni<R> submit(Q request) {
    return Uni.createFrom().emitter(emitter -> submit(new Pending<>(request, emitter)));
  }

  private void submit(Pending<Q, R> request) {
    int messages = request.request().messages();
    if (waiting.addAndGet(messages) - messages >= MOST_PENDING) {
      waiting.addAndGet(-messages);
      request.emitter().fail(RedisFailure.unavailable(null));
      return;
    }
    pending.add(request);
    drain();
  }

  private void drain() {
    while (!pending.isEmpty() && takeSlot()) {
      List<Pending<Q, R>> batch = nextBatch();
      if (batch.isEmpty()) {
        flying.decrementAndGet();
      } else {
        run(batch);
      }
    }
  }

  private boolean takeSlot() {
    int taken = flying.get();
    while (taken < SLOTS && waiting.get() >= taken * WORTH_ANOTHER) {
      if (flying.compareAndSet(taken, taken + 1)) {
        return true;
      }
      taken = flying.get();
    }
    return false;
  }

  private List<Pending<Q, R>> nextBatch() {
    List<Pending<Q, R>> batch = new ArrayList<>();
    int messages = 0;
    long bytes = 0;
    while (messages < MOST_MESSAGES && bytes < MOST_BYTES) {
      Pending<Q, R> next = pending.poll();
      if (next == null) {
        break;
      }
      batch.add(next);
      messages += next.request().messages();
      bytes += next.request().bytes();
    }
    waiting.addAndGet(-messages);
    return batch;
  }

  private void run(List<Pending<Q, R>> batch) {
    long since = System.nanoTime();
    begin(batch)
        .onComplete(
            result -> {
              flying.decrementAndGet();
              // The next script goes out before the answers do: the server need not wait
              drain();
              listener.merged(operation, batch.size(), Duration.ofNanos(System.nanoTime() - since));
              if (result.succeeded()) {
                for (int i = 0; i < batch.size(); i++) {
                  batch.get(i).emitter().complete(result.result().get(i));
                }
              } else {
                Throwable failure = RedisFailure.translate(result.cause());
                batch.forEach(request -> request.emitter().fail(failure));
              }
            });
  }

  // A script that cannot even be asked for must not take its slot with it
  private Future<List<R>> begin(List<Pending<Q, R>> batch) {
    try {
      return script.apply(batch.stream().map(Pending::request).toList());
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
