package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of one message, which is told to an inbox. It stays open for it; should the broker
 * take the message back, because it lost sight of us for a while, and give it or another one anew,
 * then that is late.
 */
final class SingleDelivery extends DefaultConsumer {
  private final Inbox inbox;
  private final Consumer<Arrival> late;
  private @Nullable Subscription subscription;

  SingleDelivery(Channel channel, Inbox inbox, Consumer<Arrival> late) {
    super(channel);
    this.inbox = inbox;
    this.late = late;
  }

  // The client tells one thing after the other
  @Override
  public void handleDelivery(
      String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
    boolean first = subscription == null;
    Subscription known =
        subscription == null ? new Subscription(getChannel(), consumerTag) : subscription;
    subscription = known;
    Arrival arrival = Arrival.of(getChannel(), envelope, properties, body).by(known);
    if (first) {
      inbox.came(arrival);
    } else {
      late.accept(arrival);
    }
  }

  @Override
  public void handleCancelOk(String consumerTag) {
    inbox.ended();
  }

  @Override
  public void handleCancel(String consumerTag) {
    inbox.ended();
  }

  @Override
  public void handleShutdownSignal(String consumerTag, ShutdownSignalException signal) {
    inbox.ended();
  }
}
