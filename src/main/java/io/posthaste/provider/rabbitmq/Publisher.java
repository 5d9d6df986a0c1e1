package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Link;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.QueueName;
import io.posthaste.wire.Outgoing;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Publishes with confirms. What is under way is bounded in messages and bytes; beyond, and while
 * the broker blocks publishers, publishing fails at once: nothing piles up here. Whatever has no
 * answer after {@link #PATIENCE} is given up.
 *
 * <p>If nothing else was answered in that time, so is the connection. RabbitMQ may stop reading
 * from one for good: a channel that it slows down for the sake of a queue waits for that queue's
 * word, also when the queue is deleted (seen in 3.10).
 */
final class Publisher implements AutoCloseable {
  /** Below the five seconds in which a caller is promised an answer. */
  static final Duration PATIENCE = Duration.ofSeconds(4);

  private static final int MOST_MESSAGES = 20_000;
  private static final long MOST_BYTES = 128L * 1024 * 1024;
  private static final Duration CHECK = Duration.ofMillis(250);

  private final Link link;
  private final Lanes lanes;
  private final Confirms confirms;
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong begun = new AtomicLong();

  /** By their order. What is answered leaves at once: one that is not must not keep the others. */
  private final NavigableMap<Long, Publishing> underWay = new ConcurrentSkipListMap<>();

  private volatile long lastAnswer = System.nanoTime();

  /** Hears how long the broker took to confirm. */
  interface Confirms {
    void confirmed(Duration took);
  }

  Publisher(Link link, Lanes lanes, Threads threads, Confirms confirms) {
    this.link = link;
    this.confirms = confirms;
    this.lanes = lanes;
    threads
        .timer()
        .scheduleWithFixedDelay(
            this::giveUpOverdue, CHECK.toMillis(), CHECK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Publishes; fails with the port's exceptions. Does not block. */
  CompletableFuture<Outgoing.Outcome> publish(Outgoing message) {
    long size = message.body().length;
    String obstacle = obstacle(size);
    if (obstacle != null) {
      return CompletableFuture.failedFuture(
          new ProviderUnavailable(RabbitQueueProvider.NAME, obstacle, null));
    }
    messages.incrementAndGet();
    bytes.addAndGet(size);
    Publishing publishing = new Publishing(message);
    long number = begun.incrementAndGet();
    underWay.put(number, publishing);
    publishing
        .answer()
        .whenComplete(
            (outcome, _) -> {
              underWay.remove(number);
              messages.decrementAndGet();
              bytes.addAndGet(-size);
              if (outcome != null) {
                lastAnswer = System.nanoTime();
                confirms.confirmed(Duration.ofNanos(System.nanoTime() - publishing.began()));
              }
            });
    lanes.add(publishing);
    return publishing.answer();
  }

  private @Nullable String obstacle(long size) {
    if (!link.isUp()) {
      return "cannot be reached";
    }
    if (link.isBlocked()) {
      return "takes no messages: the broker's memory or disk is full";
    }
    return messages.get() >= MOST_MESSAGES || bytes.get() + size > MOST_BYTES
        ? "is behind with the messages that it was given"
        : null;
  }

  /**
   * Waits until what is under way into a queue is answered, so long at most. To be done before the
   * queue is removed: see above.
   */
  void awaitAnswers(QueueName queue, Duration patience) throws InterruptedException {
    List<Publishing> into =
        underWay.values().stream()
            .filter(publishing -> publishing.message().routingKey().equals(queue.value()))
            .toList();
    Publishing.awaitAnswers(into, patience);
  }

  Link link() {
    return link;
  }

  int underWay() {
    return messages.get();
  }

  private void giveUpOverdue() {
    long now = System.nanoTime();
    boolean silent = false;
    for (Publishing oldest : underWay.values()) {
      if (now - oldest.began() < PATIENCE.toNanos()) {
        break;
      }
      silent |= lastAnswer - oldest.began() < 0;
      oldest.giveUp();
    }
    if (silent && !link.isBlocked()) {
      link.leave();
    }
  }

  @Override
  public void close() {
    lanes.close();
  }
}
