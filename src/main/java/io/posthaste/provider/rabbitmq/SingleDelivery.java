package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Envelope;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The inbox of a consumer of one message. The consumer stays open for that message; should the
 * broker take it back, because it lost sight of us for a while, and give it or another one anew,
 * then that is late.
 */
final class SingleDelivery extends Inbox {
  private final Channel channel;
  private final Consumer<Arrival> late;
  private @Nullable Subscription subscription;

  SingleDelivery(Channel channel, Consumer<Arrival> late) {
    super(channel);
    this.channel = channel;
    this.late = late;
  }

  // The client tells one thing after the other
  @Override
  public void handleDelivery(
      String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
    boolean first = subscription == null;
    Subscription known =
        subscription == null ? new Subscription(channel, consumerTag) : subscription;
    subscription = known;
    Arrival arrival = Arrival.of(channel, envelope, properties, body).by(known);
    if (first) {
      came(arrival);
    } else {
      late.accept(arrival);
    }
  }
}
