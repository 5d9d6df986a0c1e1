package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Exchanges;
import io.posthaste.queue.ProviderDisabled;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** Says how to turn it on. */
final class DisabledExchanges implements Exchanges {
  private static ProviderDisabled disabled() {
    return new ProviderDisabled(RabbitQueueProvider.NAME, RabbitQueues.SETTING);
  }

  @Override
  public void requireEnabled() {
    throw disabled();
  }

  @Override
  public Optional<String> obstacle() {
    return Optional.of(
        "RabbitMQ is turned off; its operator turns it on by setting %s."
            .formatted(RabbitQueues.SETTING));
  }

  @Override
  public Uni<Outcome> publish(Publication publication) {
    return Uni.createFrom().failure(disabled());
  }
}
