package io.posthaste.provider.rabbitmq;

import io.posthaste.message.Delivery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Puts messages under lease, and gives them to those who wait. */
final class HandOut {
  private final Holdings holdings;
  private final Supplier<Instant> clock;

  HandOut(Holdings holdings, Supplier<Instant> clock) {
    this.holdings = holdings;
    this.clock = clock;
  }

  /** Those that nobody wanted any more. */
  List<Sorted> handOut(Iterable<Waiter> waiters, List<Sorted> messages) {
    int next = 0;
    for (Waiter waiter : waiters) {
      if (next == messages.size()) {
        break;
      }
      if (waiter.claim()) {
        int end = Math.min(messages.size(), next + waiter.request().max());
        waiter.complete(deliveries(waiter, messages.subList(next, end)));
        next = end;
      }
    }
    return messages.subList(next, messages.size());
  }

  private List<Delivery> deliveries(Waiter waiter, List<Sorted> messages) {
    Instant now = clock.get();
    Instant until = now.plus(waiter.request().lease());
    List<Held.Terms> terms = new ArrayList<>(messages.size());
    for (Sorted one : messages) {
      terms.add(new Held.Terms(waiter.queue().id(), one.arrival(), one.carried(), now, until));
    }
    List<Delivery> deliveries = new ArrayList<>(messages.size());
    for (Held held : holdings.hold(terms)) {
      deliveries.add(
          new Delivery(held.carried().message(), held.attempt(), until, held.receipt().encoded()));
    }
    return deliveries;
  }
}
