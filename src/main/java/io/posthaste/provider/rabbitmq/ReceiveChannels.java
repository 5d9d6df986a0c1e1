package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import io.posthaste.broker.Link;
import io.posthaste.queue.Queue;
import java.io.IOException;

/** Opens the channels by which queues are received from; with each, its leases end. */
final class ReceiveChannels {
  private final Link link;
  private final Holdings holdings;

  ReceiveChannels(Link link, Holdings holdings) {
    this.link = link;
    this.holdings = holdings;
  }

  Channel open() throws IOException {
    Channel channel = link.open();
    channel.addShutdownListener(_ -> holdings.forget(channel));
    return channel;
  }

  /** Whether a delivery of that queue is held. */
  boolean areUsed(Queue queue) {
    return holdings.count(queue.id()) > 0;
  }

  /** Closes a channel; the broker has all its deliveries again. */
  void discard(Channel channel) {
    holdings.forget(channel);
    link.discard(channel);
  }
}
