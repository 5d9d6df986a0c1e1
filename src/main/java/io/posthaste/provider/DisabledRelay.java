package io.posthaste.provider;

import io.posthaste.queue.Deliverable;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SendOutcome;
import io.smallrye.mutiny.Uni;
import java.util.List;

/** What waits for a broker that is turned off goes on waiting. */
public record DisabledRelay(String name) implements Relay {
  @Override
  public Uni<Boolean> reachable() {
    return Uni.createFrom().item(false);
  }

  @Override
  public Uni<List<SendOutcome>> publish(Queue queue, List<Deliverable> messages) {
    return Uni.createFrom().failure(new ProviderUnavailable(name, null));
  }
}
