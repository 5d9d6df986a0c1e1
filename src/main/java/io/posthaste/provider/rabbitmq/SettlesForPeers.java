package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/** Settles what another replica was told and this one holds. Blocking. */
final class SettlesForPeers {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Settles settles;
  private final Supplier<Queues> queues;

  SettlesForPeers(Settles settles, Supplier<Queues> queues) {
    this.settles = settles;
    this.queues = queues;
  }

  List<Outcome> settle(int id, List<Settlement> settlements) throws IOException {
    Queue queue = queues.get().byId(List.of(id)).await().atMost(PATIENCE).get(id);
    return queue == null
        ? Collections.nCopies(settlements.size(), Outcome.LEASE_LOST)
        : settles.settleHere(queue, settlements);
  }
}
