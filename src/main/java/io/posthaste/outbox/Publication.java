package io.posthaste.outbox;

import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SendOutcome;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Gives due messages to a broker, each queue's on their own. A queue that does not take them is
 * left alone for a while, longer each time, so that it holds up no other.
 */
final class Publication {
  private static final Logger LOG = Logger.getLogger(Publication.class);

  /** How long a queue may take; one that has failed before gets little. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final Duration LITTLE_PATIENCE = Duration.ofMillis(500);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

  private final Relay relay;
  private final Map<Integer, Pause> pauses = new ConcurrentHashMap<>();

  private record Pause(int failures, long until) {}

  /** Which messages have left the outbox or never can, and how long others are to stay. */
  record Outcome(List<MoveStep.Due> settled, List<Refused> refused, Map<Stay, Long> postponed) {
    static final Outcome NOTHING = new Outcome(List.of(), List.of(), Map.of());
  }

  /** A message that its broker will never take, and why. */
  record Refused(QueueName queue, MoveStep.Due due, String reason) {}

  private record QueueOutcome(
      List<MoveStep.Due> settled, List<Refused> refused, List<MoveStep.Due> left) {
    static QueueOutcome allSettled(List<MoveStep.Due> due) {
      return new QueueOutcome(due, List.of(), List.of());
    }

    static QueueOutcome allLeft(List<MoveStep.Due> due) {
      return new QueueOutcome(List.of(), List.of(), due);
    }

    boolean tookNothing() {
      return settled.isEmpty() && refused.isEmpty();
    }
  }

  Publication(Relay relay) {
    this.relay = relay;
  }

  /** How long a queue is left alone from now on; zero or less when it is not. */
  long pauseMicros(int queue) {
    Pause pause = pauses.get(queue);
    return pause == null ? 0 : (pause.until() - System.nanoTime()) / 1000;
  }

  /** Fails with {@link ProviderUnavailable} when nothing was taken and the broker is away. */
  Uni<Outcome> publish(Map<Optional<Queue>, List<MoveStep.Due>> byQueue) {
    List<Uni<QueueOutcome>> all = new ArrayList<>();
    byQueue.forEach((queue, due) -> all.add(publish(queue, due)));
    return Uni.join().all(all).andFailFast().flatMap(this::judge);
  }

  private Uni<QueueOutcome> publish(Optional<Queue> queue, List<MoveStep.Due> due) {
    if (queue.isEmpty()) {
      return Uni.createFrom().item(QueueOutcome.allSettled(due));
    }
    int id = queue.get().id();
    return Uni.createFrom()
        .deferred(
            () -> relay.publish(queue.get(), due.stream().map(MoveStep.Due::message).toList()))
        .ifNoItem()
        .after(pauses.containsKey(id) ? LITTLE_PATIENCE : PATIENCE)
        .fail()
        .map(outcomes -> sorted(queue.get(), due, outcomes))
        .onFailure()
        .recoverWithItem(
            failure -> {
              LOG.debugf("move failed queue=%s cause=%s", queue.get().name(), failure);
              return QueueOutcome.allLeft(due);
            });
  }

  private QueueOutcome sorted(Queue queue, List<MoveStep.Due> due, List<SendOutcome> outcomes) {
    QueueOutcome sorted = new QueueOutcome(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < due.size(); i++) {
      MoveStep.Due one = due.get(i);
      switch (outcomes.get(i)) {
        case SendOutcome.Stored _, SendOutcome.Duplicate _, SendOutcome.QueueChanged _ ->
            sorted.settled().add(one);
        case SendOutcome.TooLarge(var size, var max) ->
            sorted
                .refused()
                .add(
                    new Refused(
                        queue.name(),
                        one,
                        "its payload has " + size + " bytes, the queue takes " + max));
        case SendOutcome.Refused(var reason) ->
            sorted.refused().add(new Refused(queue.name(), one, reason));
        case SendOutcome.Conflict _, SendOutcome.IdTaken _, SendOutcome.Failed _ ->
            sorted.left().add(one);
      }
    }
    if (sorted.left().isEmpty()) {
      pauses.remove(queue.id());
    }
    return sorted;
  }

  private Uni<Outcome> judge(List<QueueOutcome> outcomes) {
    boolean nothing = outcomes.stream().allMatch(QueueOutcome::tookNothing);
    return nothing
        ? relay
            .reachable()
            .ifNoItem()
            .after(LITTLE_PATIENCE)
            .recoverWithItem(false)
            .map(
                reachable -> {
                  if (!reachable) {
                    throw new ProviderUnavailable(relay.name(), null);
                  }
                  return outcome(outcomes);
                })
        : Uni.createFrom().item(outcome(outcomes));
  }

  private Outcome outcome(List<QueueOutcome> outcomes) {
    List<MoveStep.Due> settled = new ArrayList<>();
    List<Refused> refused = new ArrayList<>();
    Map<Stay, Long> postponed = new HashMap<>();
    for (QueueOutcome outcome : outcomes) {
      settled.addAll(outcome.settled());
      refused.addAll(outcome.refused());
      if (!outcome.left().isEmpty()) {
        long micros = pause(outcome.left().getFirst().queue(), outcome.tookNothing());
        outcome.left().forEach(due -> postponed.put(due.stay(), micros));
      }
    }
    return new Outcome(settled, refused, postponed);
  }

  // A queue that took some of them is well; what it did not take waits alone
  private long pause(int queue, boolean wholeQueue) {
    Pause before = pauses.get(queue);
    int failures = before == null ? 1 : before.failures() + 1;
    long micros =
        Math.min(
            LONGEST_PAUSE.toNanos() / 1000,
            (FIRST_PAUSE.toNanos() / 1000) << Math.min(failures - 1, 10));
    if (wholeQueue) {
      pauses.put(queue, new Pause(failures, System.nanoTime() + micros * 1000));
      return micros;
    }
    return LONGEST_PAUSE.toNanos() / 1000;
  }
}
