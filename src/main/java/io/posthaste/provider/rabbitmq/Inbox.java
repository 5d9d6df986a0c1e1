package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Consumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a consumer is told, for the one thread that serves its queue to read. */
class Inbox implements Consumer {
  private final Channel channel;

  // Guarded by this
  private final List<Word> words = new ArrayList<>();
  private int awaited = 1;
  private boolean ended;

  /** One thing to be told. */
  sealed interface Word {
    record Came(Arrival arrival) implements Word {}

    /** Somebody began or ceased to wait. */
    record Changed() implements Word {}

    /** The consumer is closed, by us or by the broker; nothing comes behind this. */
    record Ended() implements Word {}
  }

  Inbox(Channel channel) {
    this.channel = channel;
  }

  final void changed() {
    tell(new Word.Changed());
  }

  final void came(Arrival arrival) {
    tell(new Word.Came(arrival));
  }

  private void ended() {
    tell(new Word.Ended());
  }

  private synchronized void tell(Word word) {
    words.add(word);
    ended |= word instanceof Word.Ended;
    if (ended || words.size() >= awaited) {
      notifyAll();
    }
  }

  /**
   * What was told, once it is so much or the end; less when then nothing is told for so long. Wakes
   * its reader once, not for each word.
   */
  final synchronized List<Word> next(int wanted, Duration rest) throws InterruptedException {
    awaited = wanted;
    int seen = words.size();
    long until = System.nanoTime() + rest.toNanos();
    while (!ended && words.size() < wanted) {
      long left = until - System.nanoTime();
      if (left > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } else if (words.size() > seen) {
        seen = words.size();
        until = System.nanoTime() + rest.toNanos();
      } else {
        break;
      }
    }
    List<Word> told = List.copyOf(words);
    words.clear();
    return told;
  }

  @Override
  public void handleDelivery(
      String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
    came(Arrival.of(channel, envelope, properties, body));
  }

  @Override
  public void handleConsumeOk(String consumerTag) {}

  @Override
  public void handleCancelOk(String consumerTag) {
    ended();
  }

  @Override
  public void handleCancel(String consumerTag) {
    ended();
  }

  @Override
  public void handleShutdownSignal(String consumerTag, ShutdownSignalException signal) {
    ended();
  }

  @Override
  public void handleRecoverOk(String consumerTag) {}
}
