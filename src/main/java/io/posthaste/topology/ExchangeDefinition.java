package io.posthaste.topology;

import io.posthaste.broker.Broker;
import io.posthaste.message.InvalidField;
import io.posthaste.topology.Difference.Action;
import io.smallrye.mutiny.Uni;
import java.util.Set;

/**
 * An exchange of RabbitMQ, exactly so: the broker never changes one, so one that is there otherwise
 * is refused.
 *
 * <p>Known weakness: whether the broker has the plugin of an {@code x-} type, and whether the user
 * may make the exchange, is only told when it is made.
 */
public record ExchangeDefinition(Broker broker, Broker.ExchangeDefinition exchange)
    implements Definition {
  private static final Set<String> TYPES = Set.of("direct", "fanout", "headers", "topic");
  private static final String ALTERNATE = "alternate-exchange";

  public ExchangeDefinition {
    if (!TYPES.contains(exchange.type()) && !exchange.type().startsWith("x-")) {
      throw new InvalidField(
          "type", "must be direct, fanout, headers or topic, or a plugin's, which begins with x-");
    }
    if (!(exchange.arguments().getOrDefault(ALTERNATE, "") instanceof String)) {
      throw new InvalidField("arguments." + ALTERNATE, "must be a string");
    }
  }

  @Override
  public Reference reference() {
    return reference(exchange.name());
  }

  static Reference reference(String name) {
    return new Reference(Kind.EXCHANGE, name);
  }

  @Override
  public Uni<Difference> compare(Topology document) {
    return broker
        .check(exchange)
        .map(there -> Difference.of(this, there ? Action.NONE : Action.CREATE));
  }

  @Override
  public Uni<Void> apply() {
    return broker.declare(exchange);
  }
}
