package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.posthaste.broker.Cancelling;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Takes messages of one queue out of a channel, as many as are wanted and no more. A consumer may
 * take one message while somebody waits, or as many as are known to be there; it is closed before
 * any of them is acked, as an ack would make room for more in it. Blocking.
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
    return Arrival.of(channel, got.getEnvelope(), got.getProps(), got.getBody());
  }

  private void burst(int count, List<Arrival> arrivals) throws IOException, InterruptedException {
    int end = arrivals.size() + count;
    Inbox inbox = new Inbox(channel);
    String tag = open(inbox, count);
    boolean ended = false;
    boolean silent = false;
    while (!ended && !silent && arrivals.size() < end) {
      int wanted = end - arrivals.size();
      List<Inbox.Word> words = inbox.next(wanted, REST);
      ended = take(words, arrivals);
      // Somebody else was faster
      silent = words.size() < wanted;
    }
    if (!ended && arrivals.size() == end) {
      // Nothing is on its way: all that it may take has come
      Cancelling.noWait(channel, tag);
    } else if (!ended) {
      close(inbox, tag, arrivals);
    }
  }

  /**
   * Waits for a message: until one has come, or until nobody wants it any more.
   *
   * @param inbox told of changes, too
   * @param goOn whether it is still to wait, after a change
   */
  void await(SingleDelivery inbox, BooleanSupplier goOn, List<Arrival> arrivals)
      throws IOException, InterruptedException {
    String tag = open(inbox, 1);
    int before = arrivals.size();
    boolean ended = false;
    boolean came = false;
    while (!ended && !came && goOn.getAsBoolean()) {
      ended = take(inbox.next(1, LOOK_AGAIN), arrivals);
      came = arrivals.size() > before;
    }
    if (!ended && !came) {
      close(inbox, tag, arrivals);
    }
  }

  /** Whether the consumer has ended. */
  private static boolean take(List<Inbox.Word> words, List<Arrival> arrivals) {
    boolean ended = false;
    for (Inbox.Word word : words) {
      switch (word) {
        case Inbox.Word.Came(var arrival) -> arrivals.add(arrival);
        case Inbox.Word.Changed() -> {}
        case Inbox.Word.Ended() -> ended = true;
      }
    }
    return ended;
  }

  private String open(Inbox inbox, int most) throws IOException {
    if (prefetch != most) {
      channel.basicQos(most);
      prefetch = most;
    }
    return channel.basicConsume(queue, false, inbox);
  }

  // What is on its way to it the broker puts back to the queue's front, and counts as a delivery
  private void close(Inbox inbox, String tag, List<Arrival> arrivals)
      throws IOException, InterruptedException {
    channel.basicCancel(tag);
    long patience = System.nanoTime() + ANSWER.toNanos();
    boolean ended = false;
    while (!ended && System.nanoTime() < patience) {
      ended = take(inbox.next(Integer.MAX_VALUE, REST), arrivals);
    }
  }
}
