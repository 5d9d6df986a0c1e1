package io.posthaste.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.impl.AMQCommand;
import com.rabbitmq.client.impl.ChannelN;
import java.io.IOException;

/**
 * Closes a consumer without waiting for the broker's word, which the client always does. The broker
 * takes what is said on a channel in order: it has closed the consumer before it reads an ack that
 * is written later.
 */
public final class Cancelling {
  private Cancelling() {}

  /** Says so; what comes for the consumer from here on is the channel's default consumer's. */
  public static void noWait(Channel channel, String consumerTag) throws IOException {
    // As all channels of a Link, which recovers by itself
    ChannelN known = (ChannelN) channel;
    AMQCommand cancel =
        new AMQCommand(
            new AMQP.Basic.Cancel.Builder().consumerTag(consumerTag).nowait(true).build());
    // The client forgets its consumers only in answer to the broker's word
    known.processAsync(cancel);
    known.transmit(cancel);
  }
}
