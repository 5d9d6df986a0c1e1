package io.posthaste.provider.rabbitmq;

import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.outbox.Outbox;
import io.posthaste.outbox.Waiting;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.Queues;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Counts messages: what the broker has ready, what the replicas hold, what waits in the outbox, and
 * what is dead. Blocking.
 */
final class Counting {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int PAGE = 500;

  /** More queues than that are not asked for one by one, just to be drawn. */
  private static final int MOST_DRAWN = 2000;

  private final Errands errands;
  private final Holdings holdings;
  private final Peers peers;
  private final Outbox outbox;
  private final DeadLetterStore letters;
  private final Supplier<Queues> queues;

  /** Whom to ask. */
  record Sources(
      Errands errands,
      Holdings holdings,
      Peers peers,
      Outbox outbox,
      DeadLetterStore letters,
      Supplier<Queues> queues) {}

  Counting(Sources sources) {
    this.errands = sources.errands();
    this.holdings = sources.holdings();
    this.peers = sources.peers();
    this.outbox = sources.outbox();
    this.letters = sources.letters();
    this.queues = sources.queues();
  }

  QueueStats of(Queue queue) throws IOException {
    CompletableFuture<Integer> elsewhere = peers.count(queue);
    Waiting waiting = outbox.count(queue).await().atMost(PATIENCE);
    long dead = letters.count(deadOf(queue)).await().atMost(PATIENCE);
    long ready = ready(queue.name());
    return new QueueStats(
        ready + waiting.due(),
        waiting.delayed(),
        holdings.count(queue.id()) + elsewhere.join(),
        dead,
        waiting.oldestAge());
  }

  private static DeadLetterFilter deadOf(Queue queue) {
    return DeadLetterFilter.ofQueue(queue.name().value());
  }

  private long ready(QueueName queue) throws IOException {
    try {
      return errands.run(channel -> channel.messageCount(queue.value()));
    } catch (IOException e) {
      if (Closing.isNotFound(e)) {
        return 0;
      }
      throw e;
    }
  }

  /** Without the dead letters, which the database counts for all. */
  Map<QueueName, QueueStats> overview() throws IOException {
    Map<QueueName, Waiting> waiting =
        outbox.overview(RabbitQueueProvider.NAME).await().atMost(PATIENCE);
    Map<QueueName, QueueStats> all = new HashMap<>();
    for (Queue queue : own()) {
      Waiting outside = waiting.getOrDefault(queue.name(), new Waiting(0, 0, null));
      long ready = ready(queue.name());
      int leased = holdings.count(queue.id());
      if (ready + leased + outside.delayed() + outside.due() > 0) {
        all.put(
            queue.name(),
            new QueueStats(
                ready + outside.due(), outside.delayed(), leased, 0, outside.oldestAge()));
      }
    }
    return all;
  }

  private List<Queue> own() {
    List<Queue> own = new ArrayList<>();
    Optional<QueueName> after = Optional.empty();
    while (own.size() < MOST_DRAWN) {
      List<Queue> page = queues.get().list(after, PAGE).await().atMost(PATIENCE);
      page.stream()
          .filter(queue -> queue.provider().equals(RabbitQueueProvider.NAME))
          .forEach(own::add);
      if (page.size() < PAGE) {
        return own;
      }
      after = Optional.of(page.getLast().name());
    }
    return own;
  }
}
