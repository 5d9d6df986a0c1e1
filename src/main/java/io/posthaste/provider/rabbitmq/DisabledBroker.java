package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Broker;
import io.posthaste.queue.ProviderDisabled;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** Says how to turn it on. */
final class DisabledBroker implements Broker {
  private static <T> Uni<T> disabled() {
    return Uni.createFrom()
        .failure(new ProviderDisabled(RabbitQueueProvider.NAME, RabbitQueues.SETTING));
  }

  @Override
  public Uni<QueueState> declare(QueueDefinition queue) {
    return disabled();
  }

  @Override
  public Uni<Optional<QueueState>> find(String queue) {
    return disabled();
  }

  @Override
  public Uni<Long> purge(String queue) {
    return disabled();
  }

  @Override
  public Uni<Void> declare(ExchangeDefinition exchange) {
    return disabled();
  }

  @Override
  public Uni<Boolean> check(ExchangeDefinition exchange) {
    return disabled();
  }

  @Override
  public Uni<Boolean> hasExchange(String name) {
    return disabled();
  }

  @Override
  public Uni<Void> bind(Binding binding) {
    return disabled();
  }

  @Override
  public Uni<Void> unbind(Binding binding) {
    return disabled();
  }

  @Override
  public Uni<Published> publish(Publication message) {
    return disabled();
  }
}
