package io.posthaste.wire;

import com.rabbitmq.client.AMQP.BasicProperties;

/**
 * A message on its way to the broker.
 *
 * @param exchange empty for the default exchange, which routes to the queue named by the key
 * @param properties carry a message id always: a message that comes back is known by it
 */
public record Outgoing(
    String exchange, String routingKey, BasicProperties properties, byte[] body) {

  /** What the broker said of it. */
  public enum Outcome {
    /** Every queue that it was routed to has it safe. */
    CONFIRMED,
    /** There is no queue for it. */
    UNROUTABLE,
    /** The broker did not take it. */
    REFUSED
  }
}
