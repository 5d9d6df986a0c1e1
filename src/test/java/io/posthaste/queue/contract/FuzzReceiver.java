package io.posthaste.queue.contract;

import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.Receipt;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Receives and acks, mostly; else forgets, rejects, releases, extends, or is late. It never hangs
 * up: whether an answer reached one who leaves at that moment is nothing that books can tell.
 */
final class FuzzReceiver {
  private final ProviderUnderTest under;
  private final QueueProvider provider;
  private final Queue queue;
  private final Ledger ledger;
  private final List<Ledger.Held> late = new ArrayList<>();

  FuzzReceiver(ProviderUnderTest under, QueueProvider provider, Queue queue, Ledger ledger) {
    this.under = under;
    this.provider = provider;
    this.queue = queue;
    this.ledger = ledger;
  }

  void run(Random random, AtomicBoolean over) {
    while (!over.get()) {
      Duration wait = Duration.ofMillis(random.nextInt(3) * 10L);
      Duration lease = Duration.ofMillis(50 + random.nextInt(150));
      ReceiveRequest request = new ReceiveRequest(1 + random.nextInt(10), lease, wait);
      List<Delivery> deliveries = Facet.await(provider.receive(queue, request));
      Instant answered = under.now();
      for (Delivery delivery : deliveries) {
        treat(ledger.received(delivery, lease, answered), random);
      }
      settleLate(random);
    }
  }

  private void treat(Ledger.Held held, Random random) {
    Receipt receipt = held.delivery().receipt();
    switch (random.nextInt(20)) {
      case 0, 1 -> {} // forgotten: its lease runs out
      case 2, 3 -> settle(held, new Settlement.Reject(receipt, "fuzz", false));
      case 4 -> settle(held, new Settlement.Reject(receipt, "fuzz", true));
      case 5, 6 -> settle(held, release(receipt, random));
      case 7, 8 -> {
        settle(held, new Settlement.Extend(receipt, Duration.ofMillis(random.nextInt(1, 200))));
        late.add(held);
      }
      case 9, 10 -> late.add(held);
      default -> settle(held, new Settlement.Ack(receipt));
    }
  }

  private static Settlement release(Receipt receipt, Random random) {
    return new Settlement.Release(receipt, new Due.After(Duration.ofMillis(random.nextInt(10))));
  }

  private void settleLate(Random random) {
    if (late.size() > 20) {
      for (Ledger.Held held : late) {
        Receipt receipt = held.delivery().receipt();
        settle(held, random.nextBoolean() ? new Settlement.Ack(receipt) : release(receipt, random));
      }
      late.clear();
    }
  }

  private Outcome settle(Ledger.Held held, Settlement settlement) {
    Instant before = under.now();
    Outcome outcome = Facet.await(provider.settle(queue, List.of(settlement))).getFirst();
    ledger.settled(held, settlement, outcome, before, under.now());
    return outcome;
  }

  /** Acks what is there; how many messages. */
  int ackAll() {
    Duration lease = queue.policy().lease().multipliedBy(20);
    List<Delivery> deliveries =
        Facet.await(provider.receive(queue, new ReceiveRequest(100, lease, Duration.ZERO)));
    Instant answered = under.now();
    for (Delivery delivery : deliveries) {
      Ledger.Held held = ledger.received(delivery, lease, answered);
      settle(held, new Settlement.Ack(delivery.receipt()));
    }
    return deliveries.size();
  }
}
