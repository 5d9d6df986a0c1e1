package io.posthaste.store;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Group commit: requests that arrive while a statement is under way share the next one.
 *
 * <p>An idle merger runs a request at once, together with what else the same {@link Turn} of the
 * event loop brought; there is no timer and no added delay. Under load each of its few slots
 * carries one transaction after the other, each with all that has come meanwhile, so that one flush
 * to disk serves many requests.
 *
 * <p>Bounded: beyond {@link #MOST_PENDING} waiting requests new ones are refused, and those that
 * wait longer than {@link #PATIENCE} are given up, by {@link #giveUpOverdue}.
 *
 * @param <Q> a request
 * @param <R> its answer
 */
public final class Merger<Q extends Merger.Weighted, R> {
  static final int MOST_PENDING = 20_000;

  /** Below the two seconds within which callers are promised an answer. */
  public static final Duration PATIENCE = Duration.ofMillis(1600);

  /** How much of a merged statement a request takes. */
  public interface Weighted {
    int messages();

    int bytes();
  }

  /**
   * While a statement is under way, another is worth its cost only with so many messages; fewer
   * wait for the one that follows. A statement costs PostgreSQL as much as a dozen messages.
   */
  public static final int WORTH_ANOTHER = 64;

  private static final int MOST_MESSAGES = 1000;
  private static final int MOST_BYTES = 8 * 1024 * 1024;

  private final String operation;
  private final Terms terms;
  private final Function<List<Q>, Future<List<R>>> statement;
  private final MergeListener listener;
  private final Queue<Pending<Q, R>> pending = new ConcurrentLinkedQueue<>();
  private final Turn<Pending<Q, R>> turn = new Turn<>(this::endTurn);
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger waitingMessages = new AtomicInteger();
  private final AtomicInteger flying = new AtomicInteger();
  private final Set<Batch<Q, R>> batches = ConcurrentHashMap.newKeySet();

  /** Hears of each merged statement. */
  public interface MergeListener {
    void merged(String operation, int requests, Duration took);
  }

  /** How the store says that something is wrong. */
  public interface Failures {
    /** What the port promises for it. */
    Throwable translate(Throwable failure);

    /** The store as its callers know it. */
    String provider();
  }

  private static final Failures OF_DATABASE =
      new Failures() {
        @Override
        public Throwable translate(Throwable failure) {
          return DatabaseFailure.translate(failure);
        }

        @Override
        public String provider() {
          return DatabaseFailure.PROVIDER;
        }
      };

  /**
   * How a store wants its statements.
   *
   * @param slots how many may be under way at once
   * @param worthAnother how many messages must wait before another goes out beside one
   */
  public record Terms(int slots, int worthAnother, Failures failures) {}

  private record Pending<Q, R>(Q request, UniEmitter<? super R> emitter, long since) {}

  /** What shares one statement. Not a record: two batches are never the same. */
  private static final class Batch<Q extends Weighted, R> {
    final List<Pending<Q, R>> requests;
    final long patience;

    Batch(List<Pending<Q, R>> requests) {
      this.requests = requests;
      // A large batch may rightly take longer than a small one on a slow disk
      long megabytes =
          requests.stream().mapToLong(pending -> pending.request().bytes()).sum() >> 20;
      this.patience = PATIENCE.plusSeconds(megabytes).toNanos();
    }
  }

  /**
   * Merges for PostgreSQL.
   *
   * @param slots how many statements may be under way at once
   * @param statement runs one transaction for all given requests; answers in their order
   */
  public Merger(
      String operation,
      int slots,
      MergeListener listener,
      Function<List<Q>, Future<List<R>>> statement) {
    this(operation, new Terms(slots, WORTH_ANOTHER, OF_DATABASE), listener, statement);
  }

  /** The same for any store. */
  public Merger(
      String operation,
      Terms terms,
      MergeListener listener,
      Function<List<Q>, Future<List<R>>> statement) {
    this.operation = operation;
    this.terms = terms;
    this.listener = listener;
    this.statement = statement;
  }

  public Uni<R> submit(Q request) {
    return Uni.createFrom()
        .emitter(
            emitter -> {
              if (waiting.incrementAndGet() > MOST_PENDING) {
                waiting.decrementAndGet();
                emitter.fail(new ProviderUnavailable(terms.failures().provider(), null));
                return;
              }
              waitingMessages.addAndGet(request.messages());
              turn.add(new Pending<>(request, emitter, System.nanoTime()));
            });
  }

  public int flying() {
    return flying.get();
  }

  private void endTurn(List<Pending<Q, R>> requests) {
    pending.addAll(requests);
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
    while (taken < terms.slots() && waitingMessages.get() >= taken * terms.worthAnother()) {
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
      waiting.decrementAndGet();
      waitingMessages.addAndGet(-next.request().messages());
      batch.add(next);
      messages += next.request().messages();
      bytes += next.request().bytes();
    }
    return batch;
  }

  private void run(List<Pending<Q, R>> requests) {
    long since = System.nanoTime();
    Batch<Q, R> batch = new Batch<>(requests);
    batches.add(batch);
    begin(requests)
        .onComplete(
            result -> {
              batches.remove(batch);
              flying.decrementAndGet();
              // The next statement goes out before the answers do: the database need not wait
              drain();
              listener.merged(
                  operation, requests.size(), Duration.ofNanos(System.nanoTime() - since));
              if (result.succeeded()) {
                answer(requests, result.result());
              } else {
                Throwable failure = terms.failures().translate(result.cause());
                requests.forEach(request -> request.emitter().fail(failure));
              }
            });
  }

  // A statement that cannot even be made must not take its slot with it
  private Future<List<R>> begin(List<Pending<Q, R>> requests) {
    try {
      return statement.apply(requests.stream().map(Pending::request).toList());
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private static <Q, R> void answer(List<Pending<Q, R>> requests, List<R> answers) {
    for (int i = 0; i < requests.size(); i++) {
      requests.get(i).emitter().complete(answers.get(i));
    }
  }

  /** The answers to all messages of some requests, a list for each request. */
  public static <T> List<List<T>> portions(List<? extends Weighted> requests, List<T> answers) {
    List<List<T>> portions = new ArrayList<>(requests.size());
    int next = 0;
    for (Weighted request : requests) {
      int end = next + request.messages();
      portions.add(List.copyOf(answers.subList(next, end)));
      next = end;
    }
    return portions;
  }

  /** To be called several times a second: answers those who have waited too long. */
  public void giveUpOverdue() {
    long now = System.nanoTime();
    for (Batch<Q, R> batch : batches) {
      for (Pending<Q, R> request : batch.requests) {
        if (now - request.since() > batch.patience) {
          request.emitter().fail(new OutcomeUnknown(terms.failures().provider(), null));
        }
      }
    }
    Pending<Q, R> oldest = pending.peek();
    while (oldest != null && now - oldest.since() > PATIENCE.toNanos()) {
      if (pending.remove(oldest)) {
        waiting.decrementAndGet();
        waitingMessages.addAndGet(-oldest.request().messages());
        oldest.emitter().fail(new ProviderUnavailable(terms.failures().provider(), null));
      }
      oldest = pending.peek();
    }
  }
}
