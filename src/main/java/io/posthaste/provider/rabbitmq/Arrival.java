package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Envelope;
import io.posthaste.wire.WireNames;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A message that the broker gave us, unacked.
 *
 * @param tag counts on its channel
 * @param redelivered it was given to somebody before
 * @param acked the broker closes a channel on which something is acked twice
 * @param subscription by which it came, if that ends with it
 */
record Arrival(
    Channel channel,
    long tag,
    boolean redelivered,
    BasicProperties properties,
    byte[] body,
    AtomicBoolean acked,
    @Nullable Subscription subscription) {

  static Arrival of(Channel channel, Envelope envelope, BasicProperties properties, byte[] body) {
    return new Arrival(
        channel,
        envelope.getDeliveryTag(),
        envelope.isRedeliver(),
        properties,
        body,
        new AtomicBoolean(),
        null);
  }

  Arrival withProperties(BasicProperties changed) {
    return new Arrival(channel, tag, redelivered, changed, body, acked, subscription);
  }

  Arrival by(Subscription consumer) {
    return new Arrival(channel, tag, redelivered, properties, body, acked, consumer);
  }

  /** How often the broker handed it out before, in vain. */
  int redeliveries() {
    return properties.getHeaders() != null
            && properties.getHeaders().get(WireNames.DELIVERY_COUNT) instanceof Number count
        ? count.intValue()
        : 0;
  }

  /** Whether it is still to be acked, and can be: a delivery ends with its channel. */
  boolean isOpen() {
    return !acked.get() && channel.isOpen();
  }

  /** Whether the broker was told to let go of it, because it is done or safe elsewhere. */
  boolean isAcked() {
    return acked.get();
  }

  /** Removes it from the broker's queue, once; false when the delivery had ended before. */
  boolean ack() throws IOException {
    if (!acked.compareAndSet(false, true)) {
      return false;
    }
    try {
      if (subscription != null) {
        subscription.end();
      }
      channel.basicAck(tag, false);
      return true;
    } catch (AlreadyClosedException _) {
      return false;
    }
  }
}
