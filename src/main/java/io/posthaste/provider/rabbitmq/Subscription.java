package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import io.posthaste.broker.Cancelling;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A consumer of one message that stays open while the message is unacked, and so is given no other.
 *
 * <p>It could be closed as soon as the message is there. But what a closed consumer holds a quorum
 * queue does not give back when the node of its channel dies, before the queue's next leader finds
 * it (seen in 3.10 to 4.2).
 */
final class Subscription {
  private final Channel channel;
  private final String consumerTag;
  private final AtomicBoolean open = new AtomicBoolean(true);

  Subscription(Channel channel, String consumerTag) {
    this.channel = channel;
    this.consumerTag = consumerTag;
  }

  /** Before the ack, which would make room for another message. Does not wait. */
  void end() throws IOException {
    if (open.compareAndSet(true, false)) {
      Cancelling.noWait(channel, consumerTag);
    }
  }
}
