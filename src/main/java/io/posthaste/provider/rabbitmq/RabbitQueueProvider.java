package io.posthaste.provider.rabbitmq;

import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.Deliverable;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Preparation;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.StoredMessage;
import io.posthaste.queue.UnsupportedByProvider;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Queues in RabbitMQ, see this package. */
final class RabbitQueueProvider implements QueueProvider, Relay {
  static final String NAME = "rabbitmq";

  static final Set<Capability> CAPABILITIES =
      Set.of(Capability.RESCHEDULE, Capability.PEEK_DELAYED);

  private final Engine engine;

  RabbitQueueProvider(Engine engine) {
    this.engine = engine;
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
    return Uni.createFrom().item(engine::isUp);
  }

  @Override
  public boolean takesMessages() {
    return !engine.isBlocked();
  }

  @Override
  public Uni<Preparation> prepare(QueueName queue, QueuePolicy policy) {
    requireLease(policy.lease());
    return engine.threads().call(() -> engine.topology().prepare(queue));
  }

  @Override
  public Uni<Preparation> examine(QueueName queue, QueuePolicy policy) {
    requireLease(policy.lease());
    return engine.threads().call(() -> engine.topology().examine(queue));
  }

  @Override
  public Uni<List<SendOutcome>> send(Queue queue, List<NewMessage> messages) {
    return engine.threads().answered(engine.sends().send(queue, messages));
  }

  @Override
  public Uni<List<SendOutcome>> publish(Queue queue, List<Deliverable> messages) {
    return engine.threads().answered(engine.sends().relay(queue, messages));
  }

  @Override
  public Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request) {
    requireLease(request.lease());
    engine.quarantine().check(queue.name());
    return engine.threads().answered(engine.lines().receive(queue, request));
  }

  @Override
  public Uni<List<Settlement.Outcome>> settle(Queue queue, List<Settlement> settlements) {
    for (Settlement settlement : settlements) {
      if (settlement instanceof Settlement.Extend(var _, var lease)) {
        requireLease(lease);
      }
    }
    return engine.threads().call(() -> engine.settles().settle(queue, settlements));
  }

  // The broker closes a channel on which a delivery is unacked for longer, and all leases with it
  private void requireLease(Duration lease) {
    Duration longest = engine.longestLease();
    if (lease.compareTo(longest) > 0) {
      throw new UnsupportedByProvider(
          ("On the provider 'rabbitmq' a lease may last %s at most: the broker's consumer timeout, less a margin. "
                  + "Ask for less, or raise consumer_timeout at the broker and POSTHASTE_RABBITMQ_CONSUMER_TIMEOUT here.")
              .formatted(longest));
    }
  }

  @Override
  public Uni<QueueStats> stats(Queue queue) {
    return engine.threads().call(() -> engine.counting().of(queue));
  }

  @Override
  public Uni<Map<QueueName, QueueStats>> overview() {
    return engine.threads().callUnhurried(engine.counting()::overview);
  }

  @Override
  public Uni<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    return state.equals(Optional.of(MessageState.DELAYED))
        ? engine.outbox().peek(queue, state, limit)
        : Uni.createFrom()
            .failure(
                new UnsupportedByProvider(
                    "The provider 'rabbitmq' shows delayed messages only: ask with ?state=delayed."));
  }

  @Override
  public Uni<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    return engine
        .outbox()
        .find(queue, id)
        .invoke(
            found -> {
              if (found.isEmpty()) {
                throw new UnsupportedByProvider(
                    "The provider 'rabbitmq' shows delayed messages only, and this is none.");
              }
            });
  }

  @Override
  public Uni<ChangeOutcome> reschedule(Queue queue, MessageId id, Due due) {
    return engine.outbox().reschedule(queue, id, due).map(RabbitQueueProvider::outcome);
  }

  @Override
  public Uni<ChangeOutcome> cancel(Queue queue, MessageId id) {
    return engine.outbox().cancel(queue, id).map(RabbitQueueProvider::outcome);
  }

  private static ChangeOutcome outcome(boolean changed) {
    return changed ? ChangeOutcome.CHANGED : ChangeOutcome.NOT_FOUND;
  }

  @Override
  public Uni<Long> purge(Queue queue) {
    engine.quarantine().check(queue.name());
    return engine
        .threads()
        .call(() -> engine.topology().purge(queue.name()))
        .flatMap(ready -> engine.outbox().purge(queue.id()).map(waiting -> ready + waiting));
  }

  @Override
  public Uni<Void> drop(Queue queue) {
    return engine
        .threads()
        .call(
            () -> {
              engine.leave(queue);
              engine.topology().remove(queue.name());
              return true;
            })
        .flatMap(_ -> engine.outbox().purge(queue.id()))
        .replaceWithVoid();
  }
}
