package io.posthaste.provider.rabbitmq;

import io.posthaste.provider.rabbitmq.Burial.Corpse;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.wire.HeaderFrame;
import io.posthaste.wire.Outgoing;
import io.posthaste.wire.WireAgain;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Gives deliveries back to their queue without costing them an attempt, which the broker's own
 * requeue would: published anew, and acked once that is confirmed. What no frame holds with what it
 * gains by that is poison. Blocking.
 *
 * <p>Weakness: a crash in between leaves two, of which one is marked as redelivered.
 */
final class PutBack {
  private final Publisher publisher;
  private final Burial burial;
  private final Supplier<Instant> clock;

  PutBack(Publisher publisher, Burial burial, Supplier<Instant> clock) {
    this.publisher = publisher;
    this.burial = burial;
    this.clock = clock;
  }

  /** Puts all back; what could not be stays unacked, and the failure tells. */
  void put(Queue queue, List<Sorted> all) throws IOException {
    Instant now = clock.get();
    // The broker has the others again by itself
    List<Sorted> open = all.stream().filter(one -> one.arrival().isOpen()).toList();
    List<Sorted> published = new ArrayList<>();
    List<CompletableFuture<Outgoing.Outcome>> answers = new ArrayList<>();
    List<Corpse> tooLarge = new ArrayList<>();
    for (Sorted one : open) {
      Outgoing again = again(queue, one, now);
      if (HeaderFrame.holds(publisher.link().frameMax(), again.properties())) {
        published.add(one);
        answers.add(publisher.publish(again));
      } else {
        tooLarge.add(Corpse.poison(one.arrival(), one.carried(), HeaderFrame.EXCEEDED));
      }
    }
    settle(published, answers);
    burial.bury(queue, tooLarge);
  }

  private static void settle(
      List<Sorted> published, List<CompletableFuture<Outgoing.Outcome>> answers)
      throws IOException {
    RuntimeException failure = null;
    for (int i = 0; i < published.size(); i++) {
      try {
        settle(published.get(i), answers.get(i).join());
      } catch (CompletionException | ProviderUnavailable e) {
        failure = Threads.translate(e);
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
