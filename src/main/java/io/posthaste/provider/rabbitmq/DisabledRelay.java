package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.Deliverable;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SendOutcome;
import io.smallrye.mutiny.Uni;
import java.util.List;

/** What waits for a broker that is turned off goes on waiting. */
final class DisabledRelay implements Relay {
  @Override
  public String name() {
    return RabbitQueueProvider.NAME;
  }

  @Override
  public Uni<Boolean> reachable() {
    return Uni.createFrom().item(false);
  }

  @Override
  public Uni<List<SendOutcome>> publish(Queue queue, List<Deliverable> messages) {
    return Uni.createFrom().failure(new ProviderUnavailable(RabbitQueueProvider.NAME, null));
  }
}
