package io.posthaste.delivery;

import io.posthaste.message.Delivery;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Recipient;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Takes messages under a lease. */
@ApplicationScoped
public class Receive {
  private final Queues queues;
  private final Providers providers;
  private final QueueEvents events;
  private final Rates rates;

  Receive(Queues queues, Providers providers, QueueEvents events, Rates rates) {
    this.queues = queues;
    this.providers = providers;
    this.events = events;
    this.rates = rates;
  }

  /**
   * Up to {@code max} messages, waiting for the first as long as asked.
   *
   * @param lease absent: as the queue's policy says
   */
  public Uni<Handout> receive(QueueName name, int max, Optional<Duration> lease, Duration wait) {
    return queues.get(name).flatMap(queue -> receive(queue, max, lease, wait));
  }

  private Uni<Handout> receive(Queue queue, int max, Optional<Duration> lease, Duration wait) {
    ReceiveRequest request =
        new ReceiveRequest(
            max, lease.orElse(queue.policy().lease()), wait, ReceiveRequest.Handover.ANNOUNCED);
    QueueProvider provider = providers.of(queue);
    long began = System.nanoTime();
    return provider
        .receive(queue, request)
        .invoke(
            deliveries -> {
              if (wait.isZero()) {
                events.answered("receive", Duration.ofNanos(System.nanoTime() - began));
              }
              if (!deliveries.isEmpty()) {
                events.received(queue.name(), deliveries.size());
                rates.received(queue.name(), deliveries.size());
              }
            })
        .map(
            deliveries ->
                new Handout(
                    deliveries, recipient -> provider.handOver(queue, deliveries, recipient)));
  }

  /**
   * What a receiver gets.
   *
   * @param exit by which the deliveries leave, see {@link QueueProvider#handOver}
   */
  public record Handout(List<Delivery> deliveries, Function<Recipient, Uni<Void>> exit) {}
}
