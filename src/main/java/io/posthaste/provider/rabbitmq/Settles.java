package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Gathering;
import io.posthaste.message.Receipt;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Settles deliveries: those of this replica here, those of others through them. Blocking.
 *
 * <p>When nothing was done, the leases go on as they were, so that it can be said again. What fails
 * beside others, or half-way, has lost its lease.
 */
final class Settles {
  private static final Logger LOG = Logger.getLogger(Settles.class);

  private final Holdings holdings;
  private final Returns returns;
  private final Acks acks;
  private final Peers peers;
  private final Duration longest;
  private final Supplier<Instant> clock;
  private final RandomGenerator random;

  /**
   * What settling needs.
   *
   * @param longest how long a delivery may be unacked
   */
  record Needs(
      Holdings holdings,
      Returns returns,
      Acks acks,
      Peers peers,
      Duration longest,
      Supplier<Instant> clock,
      RandomGenerator random) {}

  Settles(Needs needs) {
    this.holdings = needs.holdings();
    this.returns = needs.returns();
    this.acks = needs.acks();
    this.peers = needs.peers();
    this.longest = needs.longest();
    this.clock = needs.clock();
    this.random = needs.random();
  }

  List<Outcome> settle(Queue queue, List<Settlement> settlements) {
    Outcome[] outcomes = new Outcome[settlements.size()];
    Arrays.fill(outcomes, Outcome.UNKNOWN);
    Map<Long, List<Integer>> byHolder = new HashMap<>();
    for (int i = 0; i < outcomes.length; i++) {
      Optional<RabbitReceipt> receipt = RabbitReceipt.decode(settlements.get(i).receipt());
      if (receipt.isPresent()) {
        byHolder.computeIfAbsent(receipt.get().holder(), _ -> new ArrayList<>()).add(i);
      }
    }
    Map<Long, CompletableFuture<List<Outcome>>> answers = new HashMap<>();
    long self = holdings.holder();
    byHolder.forEach(
        (holder, places) -> {
          if (holder != self) {
            answers.put(holder, peers.settle(holder, queue, pick(settlements, places)));
          }
        });
    List<Integer> own = byHolder.get(self);
    if (own != null) {
      answers.put(self, here(queue, pick(settlements, own)));
    }
    RuntimeException failure = null;
    for (var holder : answers.entrySet()) {
      List<Integer> places = places(byHolder, holder.getKey());
      try {
        put(outcomes, places, holder.getValue().join());
      } catch (CompletionException e) {
        places.forEach(place -> outcomes[place] = Outcome.UNANSWERED);
        failure = graver(failure, Threads.translate(e));
      }
    }
    // Who was answered is to hear it, though others were not
    if (failure != null) {
      if (Arrays.stream(outcomes).noneMatch(Settles::isChange)) {
        throw failure;
      }
      LOG.debugf("settlements unanswered queue=%s cause=%s", queue.name().value(), failure);
    }
    return List.of(outcomes);
  }

  // That nothing was done may be said only when it holds for all of them
  private static RuntimeException graver(
      @Nullable RuntimeException known, RuntimeException another) {
    return known instanceof OutcomeUnknown ? known : another;
  }

  private CompletableFuture<List<Outcome>> here(Queue queue, List<Settlement> settlements) {
    try {
      return CompletableFuture.completedFuture(settleHere(queue, settlements));
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static List<Integer> places(Map<Long, List<Integer>> byHolder, long holder) {
    return Objects.requireNonNull(byHolder.get(holder));
  }

  private static List<Settlement> pick(List<Settlement> all, List<Integer> places) {
    return places.stream().map(all::get).toList();
  }

  private static void put(Outcome[] outcomes, List<Integer> places, List<Outcome> some) {
    for (int i = 0; i < some.size(); i++) {
      outcomes[places.get(i)] = some.get(i);
    }
  }

  /** Settles what this replica holds, or does not hold any more. */
  List<Outcome> settleHere(Queue queue, List<Settlement> settlements) throws IOException {
    List<Supplier<Outcome>> outcomes = new ArrayList<>(settlements.size());
    List<Return> back = new ArrayList<>();
    List<Held> done = new ArrayList<>();
    together(
        queue,
        settlements,
        () -> {
          for (Settlement settlement : settlements) {
            outcomes.add(settleOne(queue, settlement, done, back));
          }
        });
    acks.done(done);
    RuntimeException failure = back.isEmpty() ? null : carry(queue, back);
    List<Outcome> told = outcomes.stream().map(Supplier::get).toList();
    if (failure != null) {
      goOn(back, failure, told.stream().anyMatch(Settles::isChange));
    }
    return told;
  }

  private @Nullable RuntimeException carry(Queue queue, List<Return> back) {
    try {
      returns.carry(queue, back);
      return null;
    } catch (RuntimeException e) {
      return Threads.translate(e);
    }
  }

  private static boolean isChange(Outcome outcome) {
    return switch (outcome) {
      case ACKED, EXTENDED, RELEASED, REJECTED, DEAD -> true;
      case LEASE_LOST, LEASE_TOO_LONG, UNKNOWN, UNANSWERED -> false;
    };
  }

  // What may have been carried must not be settled otherwise
  private void goOn(List<Return> back, RuntimeException failure, boolean othersChanged) {
    boolean asBefore = !othersChanged && failure instanceof ProviderUnavailable;
    for (Return one : back) {
      if (!one.held().arrival().isOpen()) {
        continue;
      }
      if (asBefore) {
        holdings.restore(one.held());
      } else {
        holdings.end(one.held(), clock.get());
      }
    }
    if (!othersChanged) {
      throw failure;
    }
    LOG.debugf("not settled cause=%s", failure);
  }

  // All deliveries came over the same connection
  private void together(Queue queue, List<Settlement> settlements, Gathering.Words words)
      throws IOException {
    Optional<Held> some =
        settlements.stream().findFirst().flatMap(first -> find(queue, first.receipt()));
    if (some.isPresent()) {
      Gathering.of(some.get().arrival().channel(), words);
    } else {
      words.say();
    }
  }

  /** What to tell once all that is to be carried was. */
  private Supplier<Outcome> settleOne(
      Queue queue, Settlement settlement, List<Held> done, List<Return> back) throws IOException {
    Optional<Held> found = find(queue, settlement.receipt());
    if (found.isEmpty()) {
      return () -> Outcome.LEASE_LOST;
    }
    Held held = found.get();
    if (settlement instanceof Settlement.Extend(var _, var lease)) {
      Outcome extended = extend(held, lease);
      return () -> extended;
    }
    if (!holdings.take(held)) {
      return () -> Outcome.LEASE_LOST;
    }
    return switch (settlement) {
      case Settlement.Ack _ -> {
        Outcome acked = ack(held, done);
        yield () -> acked;
      }
      case Settlement.Release(var _, var delay) ->
          give(back, new Return.Released(held, delay.delay()));
      case Settlement.Reject reject -> give(back, rejected(queue, held, reject));
      case Settlement.Extend _ -> throw new IllegalStateException("handled above");
    };
  }

  private static Outcome ack(Held held, List<Held> done) throws IOException {
    if (!held.arrival().ack()) {
      return Outcome.LEASE_LOST;
    }
    done.add(held);
    return Outcome.ACKED;
  }

  private static Supplier<Outcome> give(List<Return> back, Return one) {
    back.add(one);
    return one::told;
  }

  private Optional<Held> find(Queue queue, Receipt receipt) {
    Instant now = clock.get();
    return RabbitReceipt.decode(receipt)
        .flatMap(it -> holdings.find(it, queue.id()))
        .filter(held -> held.until().isAfter(now));
  }

  private Outcome extend(Held held, Duration lease) {
    Instant until = clock.get().plus(lease);
    if (until.isAfter(held.since().plus(longest))) {
      return Outcome.LEASE_TOO_LONG;
    }
    return holdings.extend(held, until) ? Outcome.EXTENDED : Outcome.LEASE_LOST;
  }

  private Return rejected(Queue queue, Held held, Settlement.Reject reject) {
    String reason = Objects.requireNonNullElse(reject.reason(), "rejected");
    return reject.permanent()
        ? new Return.Dead(held, DeadLetterClass.REJECTED_PERMANENTLY, reason)
        : failed(queue, held, reason, DeadLetterClass.RETRIES_EXHAUSTED);
  }

  private Return failed(Queue queue, Held held, String reason, DeadLetterClass last) {
    if (held.attempt() >= queue.policy().maxAttempts()) {
      return new Return.Dead(held, last, reason);
    }
    return new Return.Failed(held, queue.policy().retry().backoff(held.attempt(), random), reason);
  }

  /** The leases of these are over, and nobody else's to decide on. */
  void expire(Queue queue, List<Held> over) {
    returns.carry(
        queue,
        over.stream()
            .map(held -> failed(queue, held, Burial.LEASE_EXPIRED, DeadLetterClass.LEASE_EXPIRED))
            .toList());
  }
}
