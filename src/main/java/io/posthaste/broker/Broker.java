package io.posthaste.broker;

import io.smallrye.mutiny.Uni;
import java.util.Map;
import java.util.Optional;

/**
 * An AMQP broker as its operator sees it. Everything fails with {@link BrokerRefusal} when the
 * broker would not, with {@code ProviderUnavailable} when it cannot be reached, and with {@code
 * ProviderDisabled} when it is not configured.
 */
public interface Broker {

  /** Declares a queue, or finds it as declared. */
  Uni<QueueState> declare(QueueDefinition queue);

  /** What is in a queue; empty when there is none of that name. */
  Uni<Optional<QueueState>> find(String queue);

  /** Removes what is ready in a queue; how many messages. */
  Uni<Long> purge(String queue);

  Uni<Void> declare(ExchangeDefinition exchange);

  /**
   * Whether there is an exchange of that name; changes nothing. Fails with {@link BrokerRefusal}
   * when it is there otherwise.
   */
  Uni<Boolean> check(ExchangeDefinition exchange);

  /** Whether there is an exchange of that name, however it may be. */
  Uni<Boolean> hasExchange(String name);

  Uni<Void> bind(Binding binding);

  Uni<Void> unbind(Binding binding);

  Uni<Published> publish(Publication message);

  /**
   * A queue to be.
   *
   * @param arguments strings, whole numbers and booleans
   */
  record QueueDefinition(
      String name, boolean durable, boolean autoDelete, Map<String, Object> arguments) {}

  /** Messages that are ready, and consumers. */
  record QueueState(String name, long messages, long consumers) {}

  /**
   * An exchange to be.
   *
   * @param type for example topic
   */
  record ExchangeDefinition(
      String name,
      String type,
      boolean durable,
      boolean autoDelete,
      boolean internal,
      Map<String, Object> arguments) {}

  /** What an exchange gives to a queue. */
  record Binding(String exchange, String queue, String routingKey, Map<String, Object> arguments) {}

  /** A message to an exchange; empty is the default one, which routes to queues by name. */
  record Publication(
      String exchange,
      String routingKey,
      byte[] body,
      String contentType,
      Map<String, String> headers) {}

  /**
   * What became of it.
   *
   * @param routed whether there was a queue for it
   * @param confirmed whether the broker has taken it over
   */
  record Published(boolean routed, boolean confirmed) {}
}
