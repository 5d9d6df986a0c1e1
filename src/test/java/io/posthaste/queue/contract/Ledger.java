package io.posthaste.queue.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Writes down what everybody did and was told, and in the end whether it can be true. */
final class Ledger {
  private final QueuePolicy policy;
  private final boolean ordered;
  private final Map<MessageId, NewMessage> offered = new ConcurrentHashMap<>();
  private final Map<MessageId, SendOutcome> sent = new ConcurrentHashMap<>();
  private final Map<MessageId, List<Held>> deliveries = new ConcurrentHashMap<>();

  /** Each group's messages as they were sent. */
  private final Map<String, List<MessageId>> groups = new ConcurrentHashMap<>();

  Ledger(QueuePolicy policy, boolean ordered) {
    this.policy = policy;
    this.ordered = ordered;
  }

  /** How a delivery ended. */
  private enum End {
    /** Its lease ran out, for all its receiver did. */
    EXPIRED,
    ACKED,
    RELEASED,
    REJECTED,
    DEAD
  }

  /** A delivery in a receiver's hands. Written by that receiver alone. */
  static final class Held {
    private final Delivery delivery;
    private final Instant granted;
    private Instant end;
    private End how = End.EXPIRED;
    private boolean rejectedForGood;

    private Held(Delivery delivery, Duration lease) {
      this.delivery = delivery;
      this.granted = delivery.leasedUntil().minus(lease);
      this.end = delivery.leasedUntil();
    }

    Delivery delivery() {
      return delivery;
    }

    @Override
    public String toString() {
      return "attempt %d from %s to %s: %s".formatted(delivery.attempt(), granted, end, how);
    }
  }

  void offered(List<NewMessage> batch) {
    for (NewMessage message : batch) {
      offered.put(message.id(), message);
      String group = message.content().group();
      if (group != null) {
        groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(message.id());
      }
    }
  }

  void sent(NewMessage message, SendOutcome outcome) {
    sent.put(message.id(), outcome);
  }

  Held received(Delivery delivery, Duration lease, Instant answered) {
    Held held = new Held(delivery, lease);
    assertThat(held.granted).as("granted before the answer came").isBeforeOrEqualTo(answered);
    deliveries.computeIfAbsent(Facet.id(delivery), _ -> new CopyOnWriteArrayList<>()).add(held);
    return held;
  }

  void settled(Held held, Settlement settlement, Outcome outcome, Instant before, Instant after) {
    switch (outcome) {
      case ACKED -> end(held, End.ACKED, before);
      case RELEASED -> end(held, End.RELEASED, before);
      case REJECTED -> end(held, End.REJECTED, before);
      case DEAD -> {
        end(held, End.DEAD, before);
        held.rejectedForGood = ((Settlement.Reject) settlement).permanent();
      }
      case EXTENDED -> held.end = before.plus(((Settlement.Extend) settlement).lease());
      case LEASE_LOST ->
          assertThat(after).as("a lease is lost only when it is over").isAfterOrEqualTo(held.end);
      case UNKNOWN -> throw new AssertionError("a receipt became unknown");
      case UNANSWERED -> throw new AssertionError("nobody is silent here");
    }
  }

  private static void end(Held held, End how, Instant before) {
    held.how = how;
    if (before.isBefore(held.end)) {
      held.end = before;
    }
  }

  /** Fails when a promise was broken. */
  void balance(List<DeadLetter> dead) {
    assertThat(sent.values()).hasOnlyElementsOfType(SendOutcome.Stored.class);
    assertThat(offered.keySet()).as("nothing from nowhere").containsAll(deliveries.keySet());
    assertThat(sent.size()).as("there was something to do").isGreaterThan(100);
    Map<MessageId, DeadLetterClass> expectedDead = new TreeMap<>();
    for (MessageId id : sent.keySet()) {
      List<Held> life = life(id);
      assertThat(life).as("message %s was delivered", id).isNotEmpty();
      assertContent(id, life);
      assertOneHolder(id, life);
      DeadLetterClass died = assertAttempts(id, life);
      if (died != null) {
        expectedDead.put(id, died);
      }
    }
    Map<MessageId, DeadLetterClass> actualDead = new TreeMap<>();
    dead.forEach(letter -> actualDead.put(letter.message().id(), letter.deadLetterClass()));
    assertThat(actualDead).hasSize(dead.size()).isEqualTo(expectedDead);
    if (ordered) {
      groups.forEach(this::assertOrder);
    }
  }

  private List<Held> life(MessageId id) {
    return deliveries.getOrDefault(id, List.of()).stream()
        .sorted(Comparator.comparing(held -> held.granted))
        .toList();
  }

  private void assertContent(MessageId id, List<Held> life) {
    byte[] payload = offered.get(id).content().payload().bytes();
    assertThat(life)
        .allSatisfy(
            held ->
                assertThat(held.delivery.message().content().payload().bytes()).isEqualTo(payload));
  }

  private static void assertOneHolder(Object whose, List<Held> life) {
    for (int i = 1; i < life.size(); i++) {
      assertThat(life.get(i).granted)
          .as("%s: one holder at a time: %s", whose, life)
          .isAfterOrEqualTo(life.get(i - 1).end);
    }
  }

  /** Follows the attempts through a message's life; what it died of, if it did. */
  private @Nullable DeadLetterClass assertAttempts(MessageId id, List<Held> life) {
    int attempt = 1;
    for (int i = 0; i < life.size(); i++) {
      Held held = life.get(i);
      boolean last = i == life.size() - 1;
      assertThat(held.delivery.attempt()).as("attempts of %s: %s", id, life).isEqualTo(attempt);
      assertThat(attempt).isLessThanOrEqualTo(policy.maxAttempts());
      boolean exhausted = attempt == policy.maxAttempts();
      boolean over =
          switch (held.how) {
            case ACKED, DEAD -> true;
            case EXPIRED -> exhausted;
            case RELEASED, REJECTED -> false;
          };
      assertThat(over).as("end of %s: %s", id, life).isEqualTo(last);
      if (held.how != End.RELEASED) {
        attempt++;
      }
      if (last) {
        return diedOf(held, exhausted);
      }
    }
    return null;
  }

  private static @Nullable DeadLetterClass diedOf(Held held, boolean exhausted) {
    return switch (held.how) {
      case ACKED, RELEASED, REJECTED -> null;
      case EXPIRED -> DeadLetterClass.LEASE_EXPIRED;
      case DEAD ->
          exhausted && !held.rejectedForGood
              ? DeadLetterClass.RETRIES_EXHAUSTED
              : DeadLetterClass.REJECTED_PERMANENTLY;
    };
  }

  private void assertOrder(String group, List<MessageId> ids) {
    Map<MessageId, Integer> place = new HashMap<>();
    ids.forEach(id -> place.put(id, place.size()));
    List<Held> all =
        ids.stream()
            .flatMap(id -> deliveries.getOrDefault(id, List.of()).stream())
            .sorted(Comparator.comparing(held -> held.granted))
            .toList();
    assertOneHolder(group, all);
    assertThat(all.stream().map(held -> place.get(Facet.id(held.delivery))))
        .as("order of group %s", group)
        .isSorted();
  }
}
