package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.wire.Outgoing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A channel with confirms, and what was written to it and not yet answered. One thread writes to
 * it; answers come on others. What is given up does not stay, though it may never be answered.
 */
final class ConfirmingChannel {
  private final Channel channel;
  private final ConcurrentNavigableMap<Long, Publishing> unanswered = new ConcurrentSkipListMap<>();

  private ConfirmingChannel(Channel channel) {
    this.channel = channel;
  }

  /** Hears that the channel is closed; what was under way is to be taken from it. */
  interface End {
    void closed(ConfirmingChannel channel, ShutdownSignalException cause);
  }

  static ConfirmingChannel on(Channel channel, End end) throws IOException {
    ConfirmingChannel fresh = new ConfirmingChannel(channel);
    channel.addShutdownListener(cause -> end.closed(fresh, cause));
    channel.addReturnListener(fresh::markReturned);
    channel.addConfirmListener(
        (number, multiple) -> fresh.take(number, multiple).forEach(Publishing::confirmed),
        (number, multiple) -> fresh.take(number, multiple).forEach(Publishing::nacked));
    channel.confirmSelect();
    return fresh;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  Channel channel() {
    return channel;
  }

  /** What was written and not yet answered. */
  List<Publishing> unanswered() {
    return List.copyOf(unanswered.values());
  }

  /**
   * Writes a message.
   *
   * @throws AlreadyClosedException if it was not written
   */
  void write(Publishing publishing) {
    Outgoing message = publishing.message();
    long number = channel.getNextPublishSeqNo();
    unanswered.put(number, publishing);
    try {
      channel.basicPublish(
          message.exchange(), message.routingKey(), true, message.properties(), message.body());
    } catch (AlreadyClosedException e) {
      unanswered.remove(number);
      throw e;
    } catch (IOException | RuntimeException e) {
      giveUp(e);
    }
    publishing
        .answer()
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                unanswered.remove(number);
              }
            });
  }

  /** Closes the channel, whose numbers cannot be relied on any more. */
  void giveUp(Exception cause) {
    abort();
    loseAll(cause);
  }

  void abort() {
    try {
      channel.abort();
    } catch (IOException _) {
      // It is of no use either way
    }
  }

  /** Takes all that is under way. */
  List<Publishing> takeAll() {
    List<Publishing> all = new ArrayList<>(unanswered.values());
    unanswered.clear();
    return all;
  }

  void loseAll(@Nullable Exception cause) {
    takeAll().forEach(publishing -> publishing.lost(cause));
  }

  // Comes before its confirmation, on the same thread
  private void markReturned(Return it) {
    String id = it.getProperties().getMessageId();
    for (Publishing publishing : unanswered.values()) {
      Outgoing message = publishing.message();
      if (message.properties().getMessageId().equals(id)
          && message.routingKey().equals(it.getRoutingKey())) {
        publishing.markReturned();
      }
    }
  }

  private List<Publishing> take(long number, boolean multiple) {
    if (!multiple) {
      Publishing one = unanswered.remove(number);
      return one == null ? List.of() : List.of(one);
    }
    var answered = unanswered.headMap(number, true);
    List<Publishing> all = new ArrayList<>(answered.values());
    answered.clear();
    return all;
  }
}
