package io.posthaste.provider.redis;

import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.provider.CallersLoop;
import io.posthaste.queue.Capability;
import io.posthaste.queue.Deliverable;
import io.posthaste.queue.Durability;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Preparation;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.Queues;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.StoredMessage;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Queues in Redis, see this package. */
final class RedisQueueProvider implements QueueProvider, Relay {
  static final String NAME = "redis";

  /** Priorities are carried and not honoured: a stream has one order. */
  static final Set<Capability> CAPABILITIES =
      Set.copyOf(EnumSet.complementOf(EnumSet.of(Capability.PRIORITY)));

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final RedisEngine engine;
  private final Supplier<Queues> queues;

  RedisQueueProvider(RedisEngine engine, Supplier<Queues> queues) {
    this.engine = engine;
    this.queues = queues;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<Capability> capabilities() {
    return CAPABILITIES;
  }

  @Override
  public Uni<Boolean> reachable() {
    return translated(() -> engine.link().send(Request.cmd(Command.PING)))
        .ifNoItem()
        .after(LOOK)
        .fail()
        .replaceWith(true)
        .onFailure()
        .recoverWithItem(false);
  }

  /** Keys come with the first message; all that a queue needs before is a server that answers. */
  @Override
  public Uni<Preparation> prepare(QueueName queue, QueuePolicy policy) {
    return reachable()
        .map(
            answers -> {
              if (!answers) {
                throw RedisFailure.unavailable(null);
              }
              return new Preparation.Ready();
            });
  }

  @Override
  public Uni<Preparation> examine(QueueName queue, QueuePolicy policy) {
    return prepare(queue, policy);
  }

  @Override
  public Uni<Optional<Durability>> durability() {
    return translated(() -> engine.durability().read())
        .ifNoItem()
        .after(LOOK)
        .fail()
        .onFailure()
        .recoverWithItem(Durability.UNKNOWN)
        .map(Optional::of);
  }

  @Override
  public Uni<List<SendOutcome>> send(Queue queue, List<NewMessage> messages) {
    if (messages.isEmpty()) {
      return Uni.createFrom().item(List.of());
    }
    return registered(
        queue,
        CallersLoop.answering(
            engine.commits(queue).sends().submit(new Sends.Request(queue, messages))));
  }

  @Override
  public Uni<List<SendOutcome>> publish(Queue queue, List<Deliverable> messages) {
    return registered(
        queue, translated(() -> engine.sends().relay(queue, messages, Instant.now())));
  }

  private Uni<List<SendOutcome>> registered(Queue queue, Uni<List<SendOutcome>> stored) {
    return engine.registry().knows(queue.id())
        ? stored
        : translated(() -> engine.registry().write(queue.id())).flatMap(_ -> stored);
  }

  /** Answered by any thread: who hands messages on chooses the loop, see {@link #handOver}. */
  @Override
  public Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request) {
    return engine.receives().receive(queue, request);
  }

  @Override
  public Uni<List<Settlement.Outcome>> settle(Queue queue, List<Settlement> settlements) {
    List<RedisReceipt> receipts = new ArrayList<>();
    List<Settlement> known = new ArrayList<>();
    List<Boolean> ours = new ArrayList<>();
    for (Settlement settlement : settlements) {
      Optional<RedisReceipt> receipt = RedisReceipt.decode(settlement.receipt());
      ours.add(receipt.isPresent());
      receipt.ifPresent(
          it -> {
            receipts.add(it);
            known.add(settlement);
          });
    }
    Uni<List<Settlement.Outcome>> settled =
        receipts.isEmpty()
            ? Uni.createFrom().item(List.of())
            : CallersLoop.answering(
                engine
                    .commits(queue)
                    .settles()
                    .submit(new Settles.Request(queue, receipts, known)));
    return settled.map(outcomes -> withUnknown(ours, outcomes));
  }

  private static List<Settlement.Outcome> withUnknown(
      List<Boolean> ours, List<Settlement.Outcome> outcomes) {
    List<Settlement.Outcome> all = new ArrayList<>(ours.size());
    int next = 0;
    for (boolean known : ours) {
      all.add(known ? outcomes.get(next++) : Settlement.Outcome.UNKNOWN);
    }
    return all;
  }

  @Override
  public Uni<QueueStats> stats(Queue queue) {
    return translated(() -> engine.inspection().stats(queue));
  }

  /** Without the dead letters in PostgreSQL, whose provider counts them. */
  @Override
  public Uni<Map<QueueName, QueueStats>> overview() {
    return translated(() -> engine.registry().read())
        .flatMap(ids -> queues.get().byId(ids))
        .flatMap(known -> translated(() -> overview(List.copyOf(known.values()))));
  }

  private Future<Map<QueueName, QueueStats>> overview(List<Queue> known) {
    List<Future<QueueStats>> all =
        known.stream().map(queue -> engine.inspection().undrained(queue.id())).toList();
    return Future.all(all)
        .map(
            _ -> {
              Map<QueueName, QueueStats> stats = new HashMap<>();
              for (int i = 0; i < all.size(); i++) {
                stats.put(known.get(i).name(), all.get(i).result());
              }
              return stats;
            });
  }

  @Override
  public Uni<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    return translated(() -> engine.inspection().peek(queue, state, limit));
  }

  @Override
  public Uni<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    return translated(() -> engine.inspection().find(queue, id));
  }

  @Override
  public Uni<ChangeOutcome> reschedule(Queue queue, MessageId id, Due due) {
    return translated(() -> engine.changes().reschedule(queue, id, due));
  }

  @Override
  public Uni<ChangeOutcome> cancel(Queue queue, MessageId id) {
    return translated(() -> engine.changes().cancel(queue, id));
  }

  @Override
  public Uni<Long> purge(Queue queue) {
    return translated(() -> engine.changes().purge(queue));
  }

  @Override
  public Uni<Boolean> closeIfEmpty(Queue queue) {
    return translated(() -> engine.changes().closeIfEmpty(queue));
  }

  @Override
  public Uni<Void> drop(Queue queue) {
    return translated(() -> engine.drop(queue)).replaceWithVoid();
  }

  /** Asks at each subscription, with failures in the port's words. */
  private static <T> Uni<T> translated(Supplier<Future<T>> ask) {
    return CallersLoop.answering(
        Uni.createFrom()
            .completionStage(() -> ask.get().toCompletionStage())
            .onFailure()
            .transform(RedisFailure::translate));
  }
}
