package io.posthaste.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;

/**
 * A message that the broker gave us, unacked.
 *
 * @param acks those of the channel that it came by: another channel would take its tag for another
 *     message's
 * @param tag counts on its channel
 */
record Arrival(AckLine acks, long tag, String routingKey, BasicProperties properties, byte[] body) {

  /** Whether it is still ours: with its channel, it went back to the broker. */
  boolean isOurs() {
    return acks.isOpen();
  }
}
