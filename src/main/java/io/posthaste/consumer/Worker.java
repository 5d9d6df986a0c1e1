package io.posthaste.consumer;

import io.posthaste.delivery.Receive;
import io.posthaste.delivery.Settle;
import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderDisabled;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Settlement;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs one consumer on this replica: one long poll at a time, which goes on while what it brought
 * is handed on.
 *
 * <p>When the other side is away, nothing more is received and what is held is released. Once it is
 * back, one message goes ahead to see whether it really is.
 */
final class Worker {
  private static final Logger LOG = Logger.getLogger(Worker.class);

  /** Held at once. */
  static final int MOST_HELD = 200;

  /** Received at once; a receive for fewer than half of it is not worth its while. */
  private static final int AT_ONCE = 100;

  /** Several times what handing on takes at most. */
  private static final Duration LEASE = Duration.ofSeconds(20);

  private static final Duration WAIT = Duration.ofSeconds(20);

  /** An empty answer before that is no sign of an empty queue, but of somebody who stops. */
  private static final Duration EARLY = Duration.ofSeconds(1);

  private final Services services;
  private final Settling settling;
  private final Runnable orphaned;
  private final Set<Batch> unannounced = ConcurrentHashMap.newKeySet();
  private final Backoff backoff = new Backoff();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile Consumer consumer;
  private volatile Destination destination;

  // All below is guarded by this
  private long receive;
  private boolean receiving;
  private @Nullable Cancellable cancel;
  private boolean probing = true;
  private int held;
  private boolean stopped;
  private Condition.@Nullable Trouble lastError;

  /** What a worker needs. */
  record Services(
      Queues queues,
      Receive receive,
      Settle settle,
      Destinations destinations,
      ConsumerEvents events,
      Room room,
      InstantSource clock) {}

  /** The consumer's queue is gone, or another of the same name has taken its place. */
  private static final class QueueReplaced extends RuntimeException {
    private static final long serialVersionUID = 1L;

    QueueReplaced() {
      super("queue replaced", null, false, false);
    }
  }

  /**
   * @param orphaned hears that the queue does not seem to be there any more
   */
  Worker(Consumer consumer, Services services, Runnable orphaned) {
    this.consumer = consumer;
    this.services = services;
    this.orphaned = orphaned;
    this.destination = services.destinations().of(consumer.kind());
    this.settling = new Settling(services.settle(), consumer.queue(), LEASE, this::settled);
  }

  Consumer consumer() {
    return consumer;
  }

  /** From here on it hands on as the new definition says, but for what is held already. */
  void change(Consumer changed) {
    if (changed.kind().equals(consumer.kind())) {
      consumer = changed;
      return;
    }
    destination = services.destinations().of(changed.kind());
    consumer = changed;
    backoff.end();
    pump();
  }

  /** To be called several times a second. */
  void tick() {
    long now = System.nanoTime();
    unannounced.removeIf(batch -> batch.announce(now));
    settling.again();
    backoff.look(destination.obstacle(), now).ifPresent(this::hold);
    pump();
  }

  /** Takes no more messages; what is held is brought to its end. */
  void stop() {
    Cancellable waiting;
    synchronized (this) {
      stopped = true;
      waiting = abandonReceive();
      if (held == 0) {
        drained.complete(null);
      }
    }
    cancel(waiting);
  }

  /** Completes once nothing is held any more, behind {@link #stop}. */
  CompletableFuture<Void> drained() {
    return drained;
  }

  synchronized Condition condition() {
    Optional<String> obstacle = backoff.reason();
    return new Condition(
        obstacle.isPresent() ? Condition.State.WAITING : Condition.State.RUNNING,
        obstacle.orElse(null),
        held,
        lastError);
  }

  private void pump() {
    int wanted;
    long number;
    synchronized (this) {
      wanted = wanted();
      if (wanted == 0) {
        return;
      }
      receiving = true;
      number = ++receive;
    }
    receive(number, wanted);
  }

  private int wanted() {
    if (stopped || receiving || backoff.isOn() || !services.room().isLeft()) {
      return 0;
    }
    if (probing) {
      return held == 0 ? 1 : 0;
    }
    int free = Math.min(MOST_HELD - held, AT_ONCE);
    return free >= AT_ONCE / 2 ? free : 0;
  }

  private void receive(long number, int wanted) {
    Consumer of = consumer;
    long began = System.nanoTime();
    Cancellable started =
        services
            .queues()
            .get(of.queue())
            .flatMap(
                queue ->
                    queue.id() == of.queueId()
                        ? services.receive().receive(queue.name(), wanted, Optional.of(LEASE), WAIT)
                        : Uni.createFrom().failure(new QueueReplaced()))
            .subscribe()
            .with(
                handout -> received(number, handout, began),
                failure -> receiveFailed(number, failure));
    boolean late;
    synchronized (this) {
      late = number != receive;
      if (!late && receiving) {
        cancel = started;
      }
    }
    if (late) {
      started.cancel();
    }
  }

  /** From here on, what a receive under way may still bring is released. */
  private synchronized @Nullable Cancellable abandonReceive() {
    receive++;
    receiving = false;
    Cancellable waiting = cancel;
    cancel = null;
    return waiting;
  }

  private static void cancel(@Nullable Cancellable waiting) {
    if (waiting != null) {
      waiting.cancel();
    }
  }

  private void received(long number, Receive.Handout handout, long began) {
    List<Delivery> deliveries = handout.deliveries();
    boolean wanted;
    boolean early;
    synchronized (this) {
      boolean awaited = number == receive;
      if (awaited) {
        receiving = false;
        cancel = null;
      }
      wanted = awaited && !backoff.isOn();
      early = deliveries.isEmpty() && System.nanoTime() - began < EARLY.toNanos();
      held += deliveries.size();
    }
    if (!deliveries.isEmpty()) {
      take(handout, wanted);
    }
    // The next tick is soon enough
    if (!early) {
      pump();
    }
  }

  private void take(Receive.Handout handout, boolean wanted) {
    services.events().held(consumer.queue(), handout.deliveries().size());
    services.room().take(handout.deliveries().stream().mapToLong(Worker::size).sum());
    Batch batch = new Batch(handout);
    unannounced.add(batch);
    Destination to = destination;
    Kind kind = consumer.kind();
    for (Delivery delivery : handout.deliveries()) {
      if (wanted) {
        hand(batch, delivery, to, kind);
      } else {
        release(batch, delivery);
      }
    }
  }

  private static int size(Delivery delivery) {
    return delivery.message().content().payload().size();
  }

  private void hand(Batch batch, Delivery delivery, Destination to, Kind kind) {
    to.hand(delivery)
        .subscribe()
        .with(
            verdict -> decide(batch, delivery, kind, verdict),
            failure -> notHanded(batch, delivery, kind, failure));
  }

  private void decide(Batch batch, Delivery delivery, Kind kind, Verdict verdict) {
    switch (verdict) {
      case Verdict.Taken() -> {
        answered();
        services.events().handedOn(consumer.queue(), kind);
        settle(batch, delivery, new Settlement.Ack(delivery.receipt()));
      }
      case Verdict.Refused(var failure, var reason) -> {
        answered();
        reject(batch, delivery, kind, failure, reason);
      }
    }
  }

  // It is there, whatever it says
  private void answered() {
    synchronized (this) {
      if (backoff.isOn()) {
        return;
      }
      probing = false;
    }
    backoff.reset();
    pump();
  }

  private void notHanded(Batch batch, Delivery delivery, Kind kind, Throwable failure) {
    switch (failure) {
      case ProviderUnavailable _, ProviderDisabled _ -> {
        services.events().failed(consumer.queue(), kind, Failure.UNAVAILABLE);
        hold(away(" cannot be reached."));
        release(batch, delivery);
      }
      case OutcomeUnknown _ -> {
        services.events().failed(consumer.queue(), kind, Failure.OUTCOME_UNKNOWN);
        hold(away(" does not answer."));
        release(batch, delivery);
      }
      default -> {
        LOG.error("not handed on", failure);
        reject(batch, delivery, kind, Failure.INTERNAL, "Posthaste could not hand it on: a defect");
      }
    }
  }

  private String away(String how) {
    Destination other = destination;
    return other.obstacle().orElseGet(() -> other.name() + how);
  }

  private void reject(Batch batch, Delivery delivery, Kind kind, Failure failure, String reason) {
    services.events().failed(consumer.queue(), kind, failure);
    trouble(reason);
    settle(batch, delivery, new Settlement.Reject(delivery.receipt(), reason, false));
  }

  private void release(Batch batch, Delivery delivery) {
    settle(
        batch, delivery, new Settlement.Release(delivery.receipt(), new Due.After(Duration.ZERO)));
  }

  private void settle(Batch batch, Delivery delivery, Settlement settlement) {
    settling.add(new Settling.Decided(batch, settlement, size(delivery)));
  }

  private void settled(Settling.Decided decided, Settlement.Outcome outcome) {
    services.room().free(decided.bytes());
    services.events().held(consumer.queue(), -1);
    if (decided.batch().settled()) {
      unannounced.remove(decided.batch());
    }
    switch (outcome) {
      case LEASE_LOST, LEASE_TOO_LONG, UNKNOWN, UNANSWERED ->
          services.events().failed(consumer.queue(), consumer.kind(), Failure.LEASE_LOST);
      case ACKED, EXTENDED, RELEASED, REJECTED, DEAD -> {}
    }
    synchronized (this) {
      held--;
      if (stopped && held == 0) {
        drained.complete(null);
      }
    }
    pump();
  }

  private void receiveFailed(long number, Throwable failure) {
    synchronized (this) {
      if (number != receive) {
        return;
      }
      receiving = false;
      cancel = null;
    }
    switch (failure) {
      case QueueNotFound _, QueueReplaced _ -> {
        services.queues().forget(consumer.queue());
        hold("The queue is not there.");
        orphaned.run();
      }
      case ProviderDisabled disabled ->
          hold(
              "The queue's provider is turned off; its operator turns it on by setting %s."
                  .formatted(disabled.setting()));
      case ProviderUnavailable away ->
          hold("The provider '%s' %s.".formatted(away.provider(), away.condition()));
      case OutcomeUnknown _ -> hold("The queue's broker does not answer.");
      default -> {
        LOG.errorf(failure, "cannot receive queue=%s consumer=%s", consumer.queue(), consumer);
        hold("The queue cannot be received from; the log says more.");
      }
    }
  }

  /**
   * Takes nothing for a while. What a receive under way still brings is released: cancelled, it
   * might just be bringing messages, which would then be held for nobody.
   */
  private void hold(String reason) {
    if (backoff.begin(reason, System.nanoTime())) {
      synchronized (this) {
        probing = true;
      }
      trouble(reason);
    }
  }

  private synchronized void trouble(String reason) {
    lastError = new Condition.Trouble(services.clock().instant(), reason);
  }
}
