package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages of one queue out of a channel, as many as are wanted and no more. The consumer is
 * closed before what came is handed out: an ack would make room for more in it. Blocking.
 */
final class Round {
  private static final Duration ANSWER = Duration.ofSeconds(4);

  /** In a cluster, what was promised to be there may come by another node's way. */
  private static final Duration REST = Duration.ofMillis(50);

  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  /** So few are fetched one by one sooner than a consumer is opened and closed. */
  private static final int FEW = 2;

  private final Channel channel;
  private final String queue;
  private int prefetch;

  Round(Channel channel, String queue) {
    this.channel = channel;
    this.queue = queue;
  }

  Channel channel() {
    return channel;
  }

  /** Takes what is there at the moment; whether anything was. */
  boolean fetch(int most, List<Arrival> arrivals) throws IOException, InterruptedException {
    GetResponse first = channel.basicGet(queue, false);
    if (first == null) {
      return false;
    }
    arrivals.add(arrival(first));
    int more = Math.min(first.getMessageCount(), most - 1);
    if (more > FEW) {
      burst(more, arrivals);
      return true;
    }
    while (more-- > 0) {
      GetResponse next = channel.basicGet(queue, false);
      if (next == null) {
        break;
      }
      arrivals.add(arrival(next));
    }
    return true;
  }

  private Arrival arrival(GetResponse got) {
    return new Arrival(
        channel,
        got.getEnvelope().getDeliveryTag(),
        got.getEnvelope().isRedeliver(),
        got.getProps(),
        got.getBody());
  }

  private void burst(int count, List<Arrival> arrivals) throws IOException, InterruptedException {
    int end = arrivals.size() + count;
    Inbox inbox = new Inbox(channel);
    String tag = open(inbox, count);
    boolean ended = false;
    while (!ended && arrivals.size() < end) {
      switch (inbox.next(REST)) {
        case Inbox.Word.Came(var arrival) -> arrivals.add(arrival);
        case Inbox.Word.Changed() -> {}
        case Inbox.Word.Ended() -> ended = true;
        case null -> {
          // Somebody else was faster
          end = 0;
        }
      }
    }
    close(inbox, tag, ended, arrivals);
  }

  /**
   * Waits for messages: until some have come, or until what is wanted has changed.
   *
   * @param inbox to be told of changes
   * @param goOn whether it is still to wait, after a change
   */
  void await(int most, Inbox inbox, BooleanSupplier goOn, List<Arrival> arrivals)
      throws IOException, InterruptedException {
    String tag = open(inbox, most);
    boolean ended = false;
    boolean waiting = goOn.getAsBoolean();
    while (waiting) {
      Inbox.Word word = inbox.next(LOOK_AGAIN);
      switch (word) {
        case Inbox.Word.Came(var arrival) -> {
          arrivals.add(arrival);
          waiting = false;
        }
        case Inbox.Word.Ended() -> {
          ended = true;
          waiting = false;
        }
        case Inbox.Word.Changed() -> waiting = goOn.getAsBoolean();
        case null -> waiting = goOn.getAsBoolean();
      }
    }
    close(inbox, tag, ended, arrivals);
  }

  private String open(Inbox inbox, int most) throws IOException {
    if (prefetch != most) {
      channel.basicQos(most);
      prefetch = most;
    }
    return channel.basicConsume(queue, false, inbox);
  }

  // What came before the broker's last word is in the inbox before it
  private void close(Inbox inbox, String tag, boolean ended, List<Arrival> arrivals)
      throws IOException, InterruptedException {
    if (!ended && channel.isOpen()) {
      channel.basicCancel(tag);
      long patience = System.nanoTime() + ANSWER.toNanos();
      while (!ended && System.nanoTime() < patience) {
        @Nullable Inbox.Word word = inbox.next(REST);
        if (word instanceof Inbox.Word.Came(var arrival)) {
          arrivals.add(arrival);
        }
        ended = word instanceof Inbox.Word.Ended;
      }
    }
    inbox.drainTo(arrivals);
  }
}
