package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.util.function.Consumer;

/** Deliveries of consumers that are closed already; in a cluster they may come by another way. */
final class LateDeliveries extends DefaultConsumer {
  private final Consumer<Arrival> late;

  LateDeliveries(Channel channel, Consumer<Arrival> late) {
    super(channel);
    this.late = late;
  }

  @Override
  public void handleDelivery(
      String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
    late.accept(Arrival.of(getChannel(), envelope, properties, body));
  }
}
