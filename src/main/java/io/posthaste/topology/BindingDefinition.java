package io.posthaste.topology;

import io.posthaste.broker.Broker;
import io.posthaste.message.InvalidField;
import io.posthaste.topology.Difference.Action;
import io.smallrye.mutiny.Uni;
import java.util.Optional;
import java.util.Set;

/**
 * What an exchange of RabbitMQ gives to a queue. Over AMQP nobody can see whether a binding is
 * there; it surely is not while its exchange or its queue is not.
 *
 * @param index its place in the document's list
 */
public record BindingDefinition(Broker broker, Broker.Binding binding, int index)
    implements Definition {
  private static final String RABBITMQ = "rabbitmq";
  private static final String MATCH = "x-match";
  private static final Set<String> MATCHES = Set.of("all", "any", "all-with-x", "any-with-x");

  @Override
  public Reference reference() {
    return new Reference(Kind.BINDING, name());
  }

  private String name() {
    return binding.exchange()
        + " -> "
        + binding.queue()
        + (binding.routingKey().isEmpty() ? "" : " (" + binding.routingKey() + ")")
        + (binding.arguments().isEmpty() ? "" : " " + binding.arguments());
  }

  @Override
  public String path() {
    return Kind.BINDING.section() + "[" + index + "]";
  }

  @Override
  public Set<Reference> needs() {
    return Set.of(ExchangeDefinition.reference(binding.exchange()), queue());
  }

  private Reference queue() {
    return new Reference(Kind.QUEUE, binding.queue());
  }

  @Override
  public Uni<Difference> compare(Topology document) {
    document.find(QueueDefinition.class, queue()).ifPresent(BindingDefinition::requireAtBroker);
    document
        .find(ExchangeDefinition.class, ExchangeDefinition.reference(binding.exchange()))
        .ifPresent(this::requireFits);
    return broker
        .hasExchange(binding.exchange())
        .flatMap(
            exchange ->
                broker.find(binding.queue()).map(queue -> difference(document, exchange, queue)));
  }

  private static void requireAtBroker(QueueDefinition queue) {
    if (!queue.provider().equals(RABBITMQ)) {
      throw new InvalidField(
          "queue", "names a queue of the provider '" + queue.provider() + "', not of 'rabbitmq'");
    }
  }

  private void requireFits(ExchangeDefinition exchange) {
    Object match = binding.arguments().get(MATCH);
    if (exchange.exchange().type().equals("headers") && match != null && !MATCHES.contains(match)) {
      throw new InvalidField(
          "arguments." + MATCH, "must be \"all\", \"any\", \"all-with-x\" or \"any-with-x\"");
    }
  }

  private Difference difference(
      Topology document, boolean exchange, Optional<Broker.QueueState> queue) {
    if (!exchange && !document.defines(ExchangeDefinition.reference(binding.exchange()))) {
      throw new InvalidField("exchange", "is neither in the document nor at the broker");
    }
    if (queue.isEmpty() && !document.defines(queue())) {
      throw new InvalidField("queue", "is neither in the document nor at the broker");
    }
    return Difference.of(this, exchange && queue.isPresent() ? Action.DECLARE : Action.CREATE);
  }

  @Override
  public Uni<Void> apply() {
    return broker.bind(binding);
  }
}
