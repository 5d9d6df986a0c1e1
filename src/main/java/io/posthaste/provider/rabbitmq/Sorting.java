package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.posthaste.message.UuidV7;
import io.posthaste.outbox.Admission;
import io.posthaste.provider.rabbitmq.Burial.Corpse;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.wire.Carried;
import io.posthaste.wire.WireReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Decides which arrivals may be handed out, and sees the others off: poison, those whose time or
 * whose attempts are over, copies that another one has outrun, and those without an id, which go
 * back with one. Blocking.
 *
 * <p>What came straight from its sender costs no look into the database.
 */
final class Sorting {
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private final Admission admission;
  private final Blame.Unharmed unharmed;
  private final Burial burial;
  private final PutBack putBack;
  private final Supplier<Instant> clock;
  private final UuidV7 ids;

  Sorting(
      Admission admission,
      Blame.Unharmed unharmed,
      Burial burial,
      PutBack putBack,
      Supplier<Instant> clock,
      UuidV7 ids) {
    this.admission = admission;
    this.unharmed = unharmed;
    this.burial = burial;
    this.putBack = putBack;
    this.clock = clock;
    this.ids = ids;
  }

  /** Those that may be handed out; when it fails, all are back in the queue or still unacked. */
  List<Sorted> sort(Queue queue, List<Arrival> arrivals) throws IOException {
    Instant now = clock.get();
    List<Sorted> good = new ArrayList<>(arrivals.size());
    List<Corpse> corpses = new ArrayList<>();
    Blame blame = new Blame(unharmed);
    for (Arrival arrival : arrivals) {
      if (WireReader.hasId(arrival.properties())) {
        judge(queue, arrival, now, blame, good, corpses);
      } else {
        putBack.put(queue, List.of(named(queue, arrival, now)));
      }
    }
    if (!corpses.isEmpty()) {
      burial.bury(queue, corpses);
    }
    return admitted(queue, good);
  }

  private static void judge(
      Queue queue,
      Arrival arrival,
      Instant now,
      Blame blame,
      List<Sorted> good,
      List<Corpse> corpses) {
    switch (WireReader.read(queue.name().value(), arrival.properties(), arrival.body(), now)) {
      case WireReader.Read.Poison(var remains, var reason) ->
          corpses.add(Corpse.poison(arrival, remains, reason));
      case WireReader.Read.Good(var read) -> {
        Carried carried = read.withFailed(read.failed() + blame.lostAttempts(arrival, read, now));
        if (carried.isOver(queue.policy(), now)) {
          corpses.add(Corpse.expired(arrival, carried));
        } else if (carried.failed() >= queue.policy().maxAttempts()) {
          // Their receivers were lost with the connection that had delivered it to them
          corpses.add(
              new Corpse(
                  arrival, carried, DeadLetterClass.LEASE_EXPIRED, Burial.LEASE_EXPIRED, null));
        } else {
          good.add(new Sorted(arrival, carried));
        }
      }
    }
  }

  // A foreign message without an id gets one that stays the same from delivery to delivery
  private Sorted named(Queue queue, Arrival arrival, Instant now) {
    BasicProperties properties =
        arrival.properties().builder().messageId(ids.next().toString()).build();
    Arrival named = arrival.withProperties(properties);
    return switch (WireReader.read(queue.name().value(), properties, arrival.body(), now)) {
      case WireReader.Read.Good(var carried) -> new Sorted(named, carried);
      case WireReader.Read.Poison(var remains, var _) -> new Sorted(named, remains);
    };
  }

  private List<Sorted> admitted(Queue queue, List<Sorted> good) throws IOException {
    List<Admission.Arrival> asked = new ArrayList<>();
    for (Sorted sorted : good) {
      if (mayBeOutrun(sorted)) {
        asked.add(question(queue, sorted));
      }
    }
    if (asked.isEmpty()) {
      return good;
    }
    Set<Admission.Arrival> admitted = admission.admit(asked).await().atMost(PATIENCE);
    List<Sorted> left = new ArrayList<>();
    for (Sorted sorted : good) {
      if (!mayBeOutrun(sorted) || admitted.contains(question(queue, sorted))) {
        left.add(sorted);
      } else {
        sorted.arrival().ack();
      }
    }
    return left;
  }

  private static boolean mayBeOutrun(Sorted sorted) {
    return sorted.carried().move() != null || sorted.arrival().redelivered();
  }

  private static Admission.Arrival question(Queue queue, Sorted sorted) {
    return Admission.Arrival.in(queue, sorted.carried().message().id(), sorted.carried().move());
  }
}
