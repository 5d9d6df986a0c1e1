package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import io.posthaste.wire.Carried;
import io.posthaste.wire.HeaderFrame;
import io.posthaste.wire.Outgoing;
import io.posthaste.wire.WireWriter;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Publishes messages into their queue, and tells of each what became of it. A queue that the broker
 * has lost is declared again.
 */
final class Delivering {
  /** So many queues are remembered as removed: none is sent to that was removed so long ago. */
  private static final int MOST_REMOVED = 10_000;

  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final SendOutcome UNKNOWN =
      new SendOutcome.Failed(new OutcomeUnknown(RabbitQueueProvider.NAME, null));

  /** What does not fit into a frame. */
  static final SendOutcome.Refused TOO_LARGE = new SendOutcome.Refused(HeaderFrame.EXCEEDED);

  private final Publisher publisher;
  private final Topology topology;
  private final Threads threads;
  private final Supplier<Instant> clock;
  private final Set<Integer> removed = ConcurrentHashMap.newKeySet();

  Delivering(Publisher publisher, Topology topology, Threads threads, Supplier<Instant> clock) {
    this.publisher = publisher;
    this.topology = topology;
    this.threads = threads;
    this.clock = clock;
  }

  /** A queue of the same name would be another one. */
  void forget(Queue queue) {
    if (removed.size() >= MOST_REMOVED) {
      removed.clear();
    }
    removed.add(queue.id());
  }

  /** Whether AMQP can carry a message, also with what retries and moves add to it. */
  boolean takes(Queue queue, Carried carried) {
    int frameMax = publisher.link().frameMax();
    return HeaderFrame.surelyHolds(frameMax, carried.message().content())
        || HeaderFrame.holdsFromNowOn(
            frameMax,
            WireWriter.write(queue.name(), queue.policy(), carried, clock.get()).properties());
  }

  /** An outcome for each; fails when none of them could be published. */
  Uni<List<SendOutcome>> deliver(Queue queue, List<Carried> messages) {
    if (removed.contains(queue.id())) {
      return Uni.createFrom()
          .item(messages.stream().<SendOutcome>map(_ -> new SendOutcome.QueueChanged()).toList());
    }
    return Uni.createFrom().completionStage(() -> deliverNow(queue, messages));
  }

  private CompletableFuture<List<SendOutcome>> deliverNow(Queue queue, List<Carried> messages) {
    Instant now = clock.get();
    List<CompletableFuture<SendOutcome>> all = new ArrayList<>(messages.size());
    for (Carried carried : messages) {
      all.add(
          deliver(queue, carried, WireWriter.write(queue.name(), queue.policy(), carried, now)));
    }
    if (all.size() == 1) {
      return all.getFirst().thenApply(outcome -> List.of(thrown(outcome)));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(
            _ -> {
              List<SendOutcome> outcomes = all.stream().map(CompletableFuture::join).toList();
              if (!outcomes.isEmpty()
                  && outcomes.stream().allMatch(SendOutcome.Failed.class::isInstance)) {
                thrown(outcomes.getFirst());
              }
              return outcomes;
            });
  }

  private static SendOutcome thrown(SendOutcome outcome) {
    if (outcome instanceof SendOutcome.Failed(var cause)) {
      throw cause;
    }
    return outcome;
  }

  private CompletableFuture<SendOutcome> deliver(Queue queue, Carried carried, Outgoing message) {
    if (!HeaderFrame.holds(publisher.link().frameMax(), message.properties())) {
      return CompletableFuture.completedFuture(TOO_LARGE);
    }
    CompletableFuture<SendOutcome> answer = new CompletableFuture<>();
    publisher
        .publish(message)
        .whenComplete(
            (outcome, failure) -> {
              if (failure != null) {
                answer.complete(failed(failure));
              } else if (outcome == Outgoing.Outcome.UNROUTABLE) {
                answer.completeOnTimeout(UNKNOWN, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                threads.virtual().execute(() -> answer.complete(healed(queue, carried, message)));
              } else {
                answer.complete(outcome(carried, outcome));
              }
            });
    return answer;
  }

  private static SendOutcome outcome(Carried carried, Outgoing.Outcome outcome) {
    return switch (outcome) {
      case CONFIRMED -> new SendOutcome.Stored(carried.message().id());
      case UNROUTABLE -> new SendOutcome.QueueChanged();
      case REFUSED ->
          new SendOutcome.Failed(new ProviderUnavailable(RabbitQueueProvider.NAME, null));
    };
  }

  private static SendOutcome failed(Throwable failure) {
    return new SendOutcome.Failed(Threads.translate(failure));
  }

  /** The broker has no such queue: perhaps somebody removed it there. Blocking. */
  private SendOutcome healed(Queue queue, Carried carried, Outgoing message) {
    try {
      return topology.heal(queue)
          ? outcome(carried, publisher.publish(message).join())
          : new SendOutcome.QueueChanged();
    } catch (IOException | RuntimeException e) {
      return failed(e);
    }
  }
}
