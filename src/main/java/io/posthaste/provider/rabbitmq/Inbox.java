package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Consumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a consumer is told, for the one thread that serves its queue to read. */
final class Inbox implements Consumer {
  private final Channel channel;
  private final BlockingQueue<Word> words = new LinkedBlockingQueue<>();

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

  void changed() {
    words.add(new Word.Changed());
  }

  /** The next word, waiting for it so long; null: there was none. */
  @Nullable Word next(Duration patience) throws InterruptedException {
    return words.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void handleDelivery(
      String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
    words.add(
        new Word.Came(
            new Arrival(
                channel, envelope.getDeliveryTag(), envelope.isRedeliver(), properties, body)));
  }

  @Override
  public void handleConsumeOk(String consumerTag) {}

  @Override
  public void handleCancelOk(String consumerTag) {
    words.add(new Word.Ended());
  }

  @Override
  public void handleCancel(String consumerTag) {
    words.add(new Word.Ended());
  }

  @Override
  public void handleShutdownSignal(String consumerTag, ShutdownSignalException signal) {
    words.add(new Word.Ended());
  }

  @Override
  public void handleRecoverOk(String consumerTag) {}
}
