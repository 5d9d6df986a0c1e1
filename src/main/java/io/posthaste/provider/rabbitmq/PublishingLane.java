package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.broker.Gathering;
import io.posthaste.broker.Link;
import io.posthaste.queue.ProviderUnavailable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * One channel with confirms, and the one thread that writes to it: whatever has come until the
 * broker confirmed what was written before goes out together. What comes together costs the broker
 * less (docs/decisions/0009). A message comes to an idle lane at once; a broker that takes its
 * time, or a queue without a leader, holds the others up by no more than {@link #PATIENCE}.
 */
final class PublishingLane implements AutoCloseable {
  private static final int AT_ONCE = 256;

  /** So many are worth a write of their own, and do not wait for what was written before. */
  private static final int ENOUGH = 64;

  private static final Duration PATIENCE = Duration.ofMillis(5);

  private final Link link;
  private final BlockingQueue<List<Publishing>> waiting;
  private final Thread writer;
  private @Nullable ConfirmingChannel open;

  PublishingLane(Link link, BlockingQueue<List<Publishing>> waiting) {
    this.link = link;
    this.waiting = waiting;
    // Wakes sooner than a virtual one, and there are few
    this.writer = Thread.ofPlatform().daemon().name("rabbitmq-publish").start(this::write);
  }

  private void write() {
    List<Publishing> batch = new ArrayList<>(AT_ONCE);
    try {
      while (!Thread.currentThread().isInterrupted()) {
        List<Publishing> more = waiting.take();
        while (more != null) {
          batch.addAll(more);
          more = batch.size() < AT_ONCE ? waiting.poll() : null;
        }
        write(batch);
        if (batch.size() < ENOUGH) {
          Publishing.awaitAnswers(batch, PATIENCE);
        }
        batch.clear();
      }
    } catch (InterruptedException _) {
      // The end
    }
  }

  private void write(List<Publishing> batch) {
    ConfirmingChannel to;
    try {
      to = open();
    } catch (IOException | RuntimeException e) {
      batch.forEach(publishing -> refuse(publishing, e));
      return;
    }
    try {
      Gathering.of(to.channel(), () -> batch.forEach(publishing -> write(publishing, to)));
    } catch (IOException | RuntimeException e) {
      to.giveUp(e);
    }
  }

  private static void write(Publishing publishing, ConfirmingChannel to) {
    if (!publishing.write()) {
      return;
    }
    try {
      to.write(publishing);
    } catch (AlreadyClosedException e) {
      refuse(publishing, e);
    }
  }

  private static void refuse(Publishing publishing, Exception cause) {
    publishing.refuse(new ProviderUnavailable(RabbitQueueProvider.NAME, cause));
  }

  private ConfirmingChannel open() throws IOException {
    ConfirmingChannel known = open;
    if (known != null && known.isOpen()) {
      return known;
    }
    ConfirmingChannel fresh = ConfirmingChannel.on(link.open(), PublishingLane::closed);
    open = fresh;
    return fresh;
  }

  private static void closed(ConfirmingChannel channel, ShutdownSignalException cause) {
    channel.loseAll(cause.isInitiatedByApplication() ? null : cause);
  }

  @Override
  public void close() {
    writer.interrupt();
  }
}
