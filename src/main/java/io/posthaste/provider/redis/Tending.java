package io.posthaste.provider.redis;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** One step of what a queue needs without anybody asking. Any replica may take any step. */
final class Tending {
  private static final int STEP = 200;

  private final RedisScripts scripts;
  private final Settles settles;
  private final DeadLetterDrain drain;
  private final Changes changes;
  private final Registry registry;
  private final QueueEvents events;
  private final Supplier<Queues> queues;

  Tending(
      RedisScripts scripts,
      Settles settles,
      DeadLetterDrain drain,
      Changes changes,
      Registry registry,
      QueueEvents events,
      Supplier<Queues> queues) {
    this.scripts = scripts;
    this.settles = settles;
    this.drain = drain;
    this.changes = changes;
    this.registry = registry;
    this.events = events;
    this.queues = queues;
  }

  /**
   * How it stands with a queue after a step.
   *
   * @param more whether there may be more to do at once
   * @param nextMicros how long until something is to do, as far as the queue knows
   */
  record Tended(boolean more, OptionalLong nextMicros) {
    static final Tended GONE = new Tended(false, OptionalLong.empty());
  }

  Future<Tended> step(int id) {
    return Future.fromCompletionStage(queues.get().byId(Set.of(id)).subscribeAsCompletionStage())
        .compose(
            known -> {
              Queue queue = known.get(id);
              return queue == null ? clearAway(id) : step(queue);
            });
  }

  /** Its definition was deleted while Redis could not be reached. */
  private Future<Tended> clearAway(int id) {
    return scripts
        .nameOf(id)
        .compose(name -> changes.drop(id, name))
        .compose(_ -> registry.remove(id))
        .map(Tended.GONE);
  }

  private Future<Tended> step(Queue queue) {
    RedisScripts.Words words =
        new RedisScripts.Words()
            .add(MessageFields.micros(queue.policy().retention()))
            .add(queue.policy().onExpiry() == OnExpiry.DROP ? "1" : "0")
            .add(STEP);
    return scripts.run(RedisScript.TEND, queue.id(), words).compose(answer -> act(queue, answer));
  }

  private Future<Tended> act(Queue queue, Response answer) {
    List<RedisReceipt> over = new ArrayList<>();
    for (Response receipt : answer.get(1)) {
      RedisReceipt.ofMember(receipt.toString()).ifPresent(over::add);
    }
    int expired = Numbers.whole(answer.get(2));
    int dropped = Numbers.whole(answer.get(3));
    if (expired > 0) {
      events.dead(queue.name(), DeadLetterClass.EXPIRED, expired);
    }
    if (dropped > 0) {
      events.dropped(queue.name(), dropped);
    }
    boolean more = answer.get(6).toString().equals("1") || over.size() == STEP;
    Tended tended = new Tended(more, Look.next(answer.get(0), answer.get(5)));
    Future<?> settled = over.isEmpty() ? Future.succeededFuture() : settles.over(queue, over);
    return settled
        .compose(
            _ ->
                Numbers.large(answer.get(4)) > 0 || !over.isEmpty()
                    ? drain.drain(queue.id(), queue.name().value())
                    : Future.succeededFuture())
        .map(tended);
  }
}
