package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.wire.Outgoing;
import io.posthaste.wire.WireAgain;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Gives deliveries back to their queue without costing them an attempt, which the broker's own
 * requeue would: published anew, and acked once that is confirmed. Blocking.
 *
 * <p>Weakness: a crash in between leaves two, of which one is marked as redelivered.
 */
final class PutBack {
  private final Publisher publisher;
  private final Supplier<Instant> clock;

  PutBack(Publisher publisher, Supplier<Instant> clock) {
    this.publisher = publisher;
    this.clock = clock;
  }

  /** Puts all back; what could not be stays unacked, and the failure tells. */
  void put(Queue queue, List<Sorted> all) throws IOException {
    Instant now = clock.get();
    // The broker has the others again by itself
    List<Sorted> open = all.stream().filter(one -> one.arrival().isOpen()).toList();
    List<CompletableFuture<Outgoing.Outcome>> answers =
        open.stream().map(one -> publisher.publish(again(queue, one, now))).toList();
    RuntimeException failure = null;
    for (int i = 0; i < open.size(); i++) {
      try {
        settle(open.get(i), answers.get(i).join());
      } catch (CompletionException e) {
        failure = Threads.translate(Objects.requireNonNullElse(e.getCause(), e));
      } catch (ProviderUnavailable e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static Outgoing again(Queue queue, Sorted one, Instant now) {
    Arrival arrival = one.arrival();
    return new Outgoing(
        "",
        queue.name().value(),
        WireAgain.properties(queue.policy(), arrival.properties(), one.carried(), now),
        arrival.body());
  }

  private static void settle(Sorted one, Outgoing.Outcome outcome) throws IOException {
    switch (outcome) {
      // Without a queue it went with the queue
      case CONFIRMED, UNROUTABLE -> one.arrival().ack();
      case REFUSED -> throw new ProviderUnavailable(RabbitQueueProvider.NAME, null);
    }
  }
}
