package io.posthaste.provider.rabbitmq;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetter.FailedAttempt;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.MessageId;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.wire.Carried;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages out of the broker for good: into the dead letters, or into nothing where the
 * policy says so. The letter is stored before the broker lets go of the message. Blocking.
 */
final class Burial {
  static final String EXPIRED = "expired";
  static final String LEASE_EXPIRED = "lease expired";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final DeadLetterStore letters;
  private final QueueEvents events;
  private final Supplier<Instant> clock;

  Burial(DeadLetterStore letters, QueueEvents events, Supplier<Instant> clock) {
    this.letters = letters;
    this.events = events;
    this.clock = clock;
  }

  /**
   * A message whose end has come.
   *
   * @param carried with all attempts that failed, the last one too
   * @param last the attempt that failed last, unless its history is known already
   */
  record Corpse(
      Arrival arrival,
      Carried carried,
      DeadLetterClass deadLetterClass,
      String reason,
      @Nullable FailedAttempt last) {

    static Corpse expired(Arrival arrival, Carried carried) {
      return new Corpse(arrival, carried, DeadLetterClass.EXPIRED, EXPIRED, null);
    }

    static Corpse poison(Arrival arrival, Carried carried, String reason) {
      return new Corpse(arrival, carried, DeadLetterClass.POISON, reason, null);
    }
  }

  void bury(Queue queue, List<Corpse> corpses) throws IOException {
    List<Corpse> kept = new ArrayList<>();
    for (Corpse corpse : corpses) {
      if (corpse.deadLetterClass() == DeadLetterClass.EXPIRED
          && queue.policy().onExpiry() == OnExpiry.DROP) {
        corpse.arrival().ack();
        events.dropped(queue.name(), 1);
      } else {
        kept.add(corpse);
      }
    }
    for (int from = 0; from < kept.size(); from += DeadLetterStore.MOST_ADDED) {
      int to = Math.min(kept.size(), from + DeadLetterStore.MOST_ADDED);
      keep(queue, kept.subList(from, to));
    }
  }

  private void keep(Queue queue, List<Corpse> corpses) throws IOException {
    Set<MessageId> added =
        letters
            .add(corpses.stream().map(corpse -> letter(queue, corpse)).toList())
            .await()
            .atMost(PATIENCE);
    for (Corpse corpse : corpses) {
      corpse.arrival().ack();
      if (added.contains(corpse.carried().message().id())) {
        events.dead(queue.name(), corpse.deadLetterClass(), 1);
      }
    }
  }

  private DeadLetter letter(Queue queue, Corpse corpse) {
    return new DeadLetter(
        corpse.carried().message(),
        queue.name().value(),
        corpse.deadLetterClass(),
        corpse.reason(),
        corpse.carried().failed(),
        clock.get(),
        corpse.last() == null ? List.of() : List.of(corpse.last()));
  }
}
