package io.posthaste.delivery;

import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Settlement;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Settles deliveries: ack, extend, release, reject. */
@ApplicationScoped
public class Settle {
  private final Queues queues;
  private final Providers providers;
  private final QueueEvents events;
  private final Rates rates;

  Settle(Queues queues, Providers providers, QueueEvents events, Rates rates) {
    this.queues = queues;
    this.providers = providers;
    this.events = events;
    this.rates = rates;
  }

  /** One outcome for each settlement, in their order. */
  public Uni<List<Settlement.Outcome>> settle(QueueName name, List<Settlement> settlements) {
    return queues
        .get(name)
        .flatMap(
            queue ->
                providers
                    .of(queue)
                    .settle(queue, settlements)
                    .invoke(outcomes -> count(queue, outcomes)));
  }

  private void count(Queue queue, List<Settlement.Outcome> outcomes) {
    Map<Settlement.Outcome, Integer> counts = new EnumMap<>(Settlement.Outcome.class);
    outcomes.forEach(outcome -> counts.merge(outcome, 1, Integer::sum));
    counts.forEach((outcome, count) -> events.settled(queue.name(), outcome, count));
    rates.acked(queue.name(), counts.getOrDefault(Settlement.Outcome.ACKED, 0));
  }
}
