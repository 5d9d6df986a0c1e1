package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.broker.Gathering;
import io.posthaste.broker.Link;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.wire.Outgoing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * One channel with confirms, and the one thread that writes to it: whatever has come while it wrote
 * goes out together.
 */
final class PublishingLane implements AutoCloseable {
  private static final int AT_ONCE = 256;

  private final Link link;
  private final BlockingQueue<Publishing> waiting;
  private final Thread writer;
  private @Nullable Open open;

  /** A channel, and what was written to it and not yet confirmed, by its number. */
  private record Open(Channel channel, ConcurrentNavigableMap<Long, Publishing> unconfirmed) {}

  PublishingLane(Link link, BlockingQueue<Publishing> waiting, Threads threads) {
    this.link = link;
    this.waiting = waiting;
    this.writer = Thread.ofVirtual().name("rabbitmq-publish").unstarted(this::write);
    threads.virtual().execute(writer::start);
  }

  private void write() {
    List<Publishing> batch = new ArrayList<>(AT_ONCE);
    try {
      while (!Thread.currentThread().isInterrupted()) {
        batch.add(waiting.take());
        waiting.drainTo(batch, AT_ONCE - 1);
        write(batch);
        batch.clear();
      }
    } catch (InterruptedException _) {
      // The end
    }
  }

  private void write(List<Publishing> batch) {
    Open to;
    try {
      to = open();
    } catch (IOException | RuntimeException e) {
      batch.forEach(
          publishing -> publishing.refuse(new ProviderUnavailable(RabbitQueueProvider.NAME, e)));
      return;
    }
    try {
      Gathering.of(to.channel(), () -> batch.forEach(publishing -> write(publishing, to)));
    } catch (IOException | RuntimeException e) {
      unreliable(to, e);
    }
  }

  private static void write(Publishing publishing, Open to) {
    if (!publishing.write()) {
      return;
    }
    Outgoing message = publishing.message();
    long number = to.channel().getNextPublishSeqNo();
    to.unconfirmed().put(number, publishing);
    try {
      to.channel()
          .basicPublish(
              message.exchange(), message.routingKey(), true, message.properties(), message.body());
    } catch (AlreadyClosedException e) {
      to.unconfirmed().remove(number);
      publishing.refuse(new ProviderUnavailable(RabbitQueueProvider.NAME, e));
    } catch (IOException | RuntimeException e) {
      unreliable(to, e);
    }
  }

  // The channel's numbers cannot be relied on any more
  private static void unreliable(Open to, Exception cause) {
    abort(to.channel());
    loseAll(to, cause);
  }

  private Open open() throws IOException {
    Open known = open;
    if (known != null && known.channel().isOpen()) {
      return known;
    }
    Channel channel = link.open();
    Open fresh = new Open(channel, new ConcurrentSkipListMap<>());
    channel.addShutdownListener(cause -> loseAll(fresh, cause));
    channel.addReturnListener(it -> markReturned(fresh, it));
    channel.addConfirmListener(
        (number, multiple) -> take(fresh, number, multiple).forEach(Publishing::confirmed),
        (number, multiple) -> take(fresh, number, multiple).forEach(Publishing::nacked));
    channel.confirmSelect();
    open = fresh;
    return fresh;
  }

  // Comes before its confirmation, on the same thread
  private static void markReturned(Open on, Return it) {
    String id = it.getProperties().getMessageId();
    for (Publishing publishing : on.unconfirmed().values()) {
      Outgoing message = publishing.message();
      if (message.properties().getMessageId().equals(id)
          && message.routingKey().equals(it.getRoutingKey())) {
        publishing.markReturned();
      }
    }
  }

  private static List<Publishing> take(Open on, long number, boolean multiple) {
    if (!multiple) {
      Publishing one = on.unconfirmed().remove(number);
      return one == null ? List.of() : List.of(one);
    }
    var answered = on.unconfirmed().headMap(number, true);
    List<Publishing> all = new ArrayList<>(answered.values());
    answered.clear();
    return all;
  }

  private static void loseAll(Open on, Exception cause) {
    List<Publishing> all = new ArrayList<>(on.unconfirmed().values());
    on.unconfirmed().clear();
    Throwable why =
        cause instanceof ShutdownSignalException signal && signal.isInitiatedByApplication()
            ? null
            : cause;
    all.forEach(publishing -> publishing.lost(why));
  }

  private static void abort(Channel channel) {
    try {
      channel.abort();
    } catch (IOException _) {
      // It is of no use either way
    }
  }

  @Override
  public void close() {
    writer.interrupt();
  }
}
