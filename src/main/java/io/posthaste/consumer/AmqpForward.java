package io.posthaste.consumer;

import io.posthaste.broker.Exchanges;
import io.posthaste.message.Delivery;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** Publishes to an exchange. */
final class AmqpForward implements Destination {
  private final Exchanges exchanges;
  private final Kind.Amqp to;

  AmqpForward(Exchanges exchanges, Kind.Amqp to) {
    this.exchanges = exchanges;
    this.to = to;
  }

  @Override
  public void requireEnabled() {
    exchanges.requireEnabled();
  }

  @Override
  public String name() {
    return "RabbitMQ";
  }

  @Override
  public Optional<String> obstacle() {
    return exchanges.obstacle();
  }

  @Override
  public Uni<Verdict> hand(Delivery delivery) {
    return exchanges
        .publish(
            new Exchanges.Publication(
                to.exchange(), to.routingKey(), delivery.message(), delivery.attempt()))
        .map(this::verdict);
  }

  private Verdict verdict(Exchanges.Outcome outcome) {
    return switch (outcome) {
      case Exchanges.Outcome.Confirmed() -> new Verdict.Taken();
      case Exchanges.Outcome.Unroutable() ->
          new Verdict.Refused(
              Failure.UNROUTABLE,
              to.exchange().isEmpty()
                  ? "There is no queue '%s'.".formatted(to.routingKey())
                  : "The exchange '%s' has no queue for the routing key '%s'."
                      .formatted(to.exchange(), to.routingKey()));
      case Exchanges.Outcome.NoExchange() ->
          new Verdict.Refused(
              Failure.NO_EXCHANGE, "There is no exchange '%s'.".formatted(to.exchange()));
      case Exchanges.Outcome.Nacked() ->
          new Verdict.Refused(
              Failure.NACKED,
              "RabbitMQ did not take it: a queue behind the exchange '%s' is full or unavailable."
                  .formatted(to.exchange()));
      case Exchanges.Outcome.Refused(var reason) ->
          new Verdict.Refused(Failure.REFUSED, "RabbitMQ refused it: " + reason);
    };
  }
}
