package io.posthaste.consumer;

import io.posthaste.broker.Exchanges;
import jakarta.enterprise.context.ApplicationScoped;

/** Finds where a consumer of each kind hands on to. */
@ApplicationScoped
class Destinations {
  private final Exchanges exchanges;

  Destinations(Exchanges exchanges) {
    this.exchanges = exchanges;
  }

  Destination of(Kind kind) {
    return switch (kind) {
      case Kind.Amqp amqp -> new AmqpForward(exchanges, amqp);
    };
  }
}
