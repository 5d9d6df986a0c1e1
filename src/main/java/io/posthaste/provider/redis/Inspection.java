package io.posthaste.provider.redis;

import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.MessageId;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.StoredMessage;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks at queues without changing them. */
final class Inspection {
  private final RedisScripts scripts;
  private final DeadLetterStore deadLetters;

  Inspection(RedisScripts scripts, DeadLetterStore deadLetters) {
    this.scripts = scripts;
    this.deadLetters = deadLetters;
  }

  /** Those dead are counted where they end up, and on their way there. */
  Future<QueueStats> stats(Queue queue) {
    DeadLetterFilter here = DeadLetterFilter.ofQueue(queue.name().value());
    return undrained(queue.id())
        .compose(
            stats ->
                Future.fromCompletionStage(deadLetters.count(here).subscribeAsCompletionStage())
                    .map(
                        dead ->
                            new QueueStats(
                                stats.available(),
                                stats.delayed(),
                                stats.leased(),
                                stats.dead() + dead,
                                stats.oldestAge())));
  }

  /** The counts of what is here; dead are those that PostgreSQL has yet to get. */
  Future<QueueStats> undrained(int queue) {
    return scripts
        .run(RedisScript.STATS, queue, new RedisScripts.Words())
        .map(
            it ->
                new QueueStats(
                    Numbers.large(it.get(1)),
                    Numbers.large(it.get(2)),
                    Numbers.large(it.get(3)),
                    Numbers.large(it.get(4)),
                    age(it.get(0), it.get(5))));
  }

  private static @Nullable Duration age(Response now, Response due) {
    long since = Numbers.large(due);
    return since < 0 ? null : Duration.of(Numbers.large(now) - since, ChronoUnit.MICROS);
  }

  Future<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    String which =
        state
            .map(
                it ->
                    switch (it) {
                      case AVAILABLE -> "a";
                      case DELAYED -> "d";
                      case LEASED -> "l";
                    })
            .orElse("");
    return scripts
        .run(RedisScript.PEEK, queue.id(), new RedisScripts.Words().add(which).add(limit))
        .map(
            all -> {
              List<StoredMessage> seen = new ArrayList<>(all.size());
              all.forEach(one -> seen.add(stored(one)));
              return seen;
            });
  }

  Future<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    return scripts
        .run(RedisScript.FIND, queue.id(), new RedisScripts.Words().add(id.toString()))
        .map(found -> found.size() == 0 ? Optional.empty() : Optional.of(stored(found)));
  }

  private static StoredMessage stored(Response one) {
    MessageFields fields = MessageFields.of(one.get(2));
    MessageState state =
        switch (one.get(0).toString()) {
          case "l" -> MessageState.LEASED;
          case "d" -> MessageState.DELAYED;
          default -> MessageState.AVAILABLE;
        };
    return new StoredMessage(fields.message(), state, fields.due(), Numbers.whole(one.get(1)));
  }
}
