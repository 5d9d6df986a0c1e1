package io.posthaste.provider.redis;

import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueProvider.ChangeOutcome;
import io.vertx.core.Future;
import java.time.Duration;

/** Changes and removes messages by other ways than receiving them. */
final class Changes {
  private static final int STEP = 500;

  /** By then every replica has heard that a queue is gone. */
  private static final Duration SIGN = Duration.ofDays(1);

  /** Longer than deleting a definition may take, and short when it fails. */
  private static final Duration CLOSED = Duration.ofSeconds(10);

  private final RedisScripts scripts;
  private final Inspection inspection;
  private final DeadLetterDrain drain;
  private final Stirred stirred;

  Changes(RedisScripts scripts, Inspection inspection, DeadLetterDrain drain, Stirred stirred) {
    this.scripts = scripts;
    this.inspection = inspection;
    this.drain = drain;
    this.stirred = stirred;
  }

  Future<ChangeOutcome> reschedule(Queue queue, MessageId id, Due due) {
    return change(queue, id, Sends.spec(due));
  }

  Future<ChangeOutcome> cancel(Queue queue, MessageId id) {
    return change(queue, id, "cancel");
  }

  private Future<ChangeOutcome> change(Queue queue, MessageId id, String word) {
    RedisScripts.Words words = new RedisScripts.Words().add(id.toString()).add(word);
    return scripts
        .run(RedisScript.CHANGE, queue.id(), words)
        .map(
            answer ->
                switch (answer.toString()) {
                  case "changed" -> ChangeOutcome.CHANGED;
                  case "leased" -> ChangeOutcome.LEASED;
                  default -> ChangeOutcome.NOT_FOUND;
                })
        .onSuccess(_ -> stirred.stirred(queue, 0));
  }

  /** As many as there are now: what is sent meanwhile must not make it endless. */
  Future<Long> purge(Queue queue) {
    return inspection
        .undrained(queue.id())
        .compose(stats -> purge(queue, 0, stats.available() + stats.delayed()));
  }

  private Future<Long> purge(Queue queue, long before, long most) {
    long step = Math.min(STEP, most - before);
    if (step <= 0) {
      return Future.succeededFuture(before);
    }
    return scripts
        .run(RedisScript.PURGE, queue.id(), new RedisScripts.Words().add(step))
        .compose(
            purged ->
                Numbers.large(purged) < step
                    ? Future.succeededFuture(before + Numbers.large(purged))
                    : purge(queue, before + Numbers.large(purged), most));
  }

  /** Whether the queue was empty, and takes nothing until it is dropped or the time is over. */
  Future<Boolean> closeIfEmpty(Queue queue) {
    RedisScripts.Words words = new RedisScripts.Words().add(MessageFields.micros(CLOSED));
    return scripts
        .run(RedisScript.CLOSE, queue.id(), words)
        .map(closed -> Numbers.whole(closed) == 1);
  }

  /** Removes all that is left of a queue but its dead letters, which outlive it. */
  Future<?> drop(int queue, String name) {
    return drain
        .drain(queue, name)
        .compose(
            _ ->
                scripts.run(
                    RedisScript.DROP, queue, new RedisScripts.Words().add(SIGN.toMillis())));
  }
}
