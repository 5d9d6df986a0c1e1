package io.posthaste.provider.rabbitmq;

import io.posthaste.message.Due;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.outbox.Deduplication;
import io.posthaste.outbox.Deduplication.Holder;
import io.posthaste.outbox.Outbox;
import io.posthaste.outbox.OutboxEntry;
import io.posthaste.provider.Fingerprint;
import io.posthaste.queue.Deliverable;
import io.posthaste.queue.Move;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import io.posthaste.wire.Carried;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends: what is due now is published, what is delayed waits in the outbox. Only messages that are
 * delayed or have a deduplication id cost a look into the database.
 */
final class Sends {
  /** In which a message whose id is recorded is published, unless something went wrong. */
  private static final Duration SETTLING = Duration.ofMillis(250);

  private final Delivering delivering;
  private final Outbox outbox;
  private final Deduplication deduplication;
  private final Supplier<Instant> clock;

  Sends(
      Delivering delivering, Outbox outbox, Deduplication deduplication, Supplier<Instant> clock) {
    this.delivering = delivering;
    this.outbox = outbox;
    this.deduplication = deduplication;
    this.clock = clock;
  }

  /** Which messages of a send are treated alike, by their places. */
  private record Kinds(
      List<Integer> now,
      List<Integer> later,
      List<Integer> onceNow,
      List<Integer> onceLater,
      List<Integer> tooLarge) {
    Kinds() {
      this(
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>());
    }
  }

  Uni<List<SendOutcome>> send(Queue queue, List<NewMessage> messages) {
    Instant now = clock.get();
    Kinds kinds = kinds(queue, messages, now);
    if (kinds.now().size() == messages.size()) {
      return publish(queue, messages, now);
    }
    SendOutcome[] outcomes = new SendOutcome[messages.size()];
    List<Uni<List<SendOutcome>>> parts = new ArrayList<>();
    part(parts, kinds.now(), messages, outcomes, some -> publish(queue, some, now));
    part(parts, kinds.later(), messages, outcomes, some -> delay(queue, some));
    part(parts, kinds.onceNow(), messages, outcomes, some -> publishOnce(queue, some, now));
    part(parts, kinds.onceLater(), messages, outcomes, some -> delayOnce(queue, some));
    part(parts, kinds.tooLarge(), messages, outcomes, Sends::refuse);
    return Uni.join().all(parts).andFailFast().map(_ -> Arrays.asList(outcomes));
  }

  private Kinds kinds(Queue queue, List<NewMessage> messages, Instant now) {
    Kinds kinds = new Kinds();
    for (int i = 0; i < messages.size(); i++) {
      NewMessage message = messages.get(i);
      places(queue, message, kinds, now).add(i);
    }
    return kinds;
  }

  private List<Integer> places(Queue queue, NewMessage message, Kinds kinds, Instant now) {
    // Nothing is accepted, and no id is recorded, that could not be published later
    if (!delivering.takes(queue, carried(message, message.id(), now, null))) {
      return kinds.tooLarge();
    }
    boolean later = isLater(message.due(), now);
    return message.content().deduplicationId() == null
        ? later ? kinds.later() : kinds.now()
        : later ? kinds.onceLater() : kinds.onceNow();
  }

  private static boolean isLater(Due due, Instant now) {
    return switch (due) {
      case Due.After(var delay) -> !delay.isZero();
      case Due.At(var instant) -> instant.isAfter(now);
    };
  }

  /** Treats some of the messages. */
  private interface Part {
    Uni<List<SendOutcome>> of(List<NewMessage> some);
  }

  // One part's failure is that of its messages alone
  private static void part(
      List<Uni<List<SendOutcome>>> parts,
      List<Integer> places,
      List<NewMessage> messages,
      SendOutcome[] outcomes,
      Part part) {
    if (places.isEmpty()) {
      return;
    }
    parts.add(
        part.of(places.stream().map(messages::get).toList())
            .onFailure()
            .recoverWithItem(
                failure -> {
                  SendOutcome failed = new SendOutcome.Failed(Threads.translate(failure));
                  return places.stream().map(_ -> failed).toList();
                })
            .invoke(
                some -> {
                  for (int i = 0; i < some.size(); i++) {
                    outcomes[places.get(i)] = some.get(i);
                  }
                }));
  }

  private Uni<List<SendOutcome>> publish(Queue queue, List<NewMessage> messages, Instant now) {
    return delivering.deliver(
        queue,
        messages.stream().map(message -> carried(message, message.id(), now, null)).toList());
  }

  private static Carried carried(
      NewMessage message, MessageId id, Instant now, @Nullable Move move) {
    Duration life = message.timeToLive();
    return new Carried(
        new Message(id, message.content(), now),
        0,
        now,
        life == null ? null : now.plus(life),
        move);
  }

  private static Uni<List<SendOutcome>> refuse(List<NewMessage> messages) {
    return Uni.createFrom().item(Collections.nCopies(messages.size(), Delivering.TOO_LARGE));
  }

  private Uni<List<SendOutcome>> delay(Queue queue, List<NewMessage> messages) {
    return outbox.add(messages.stream().map(it -> OutboxEntry.first(queue, it)).toList());
  }

  private Uni<List<SendOutcome>> delayOnce(Queue queue, List<NewMessage> messages) {
    return deduplication
        .delay(queue, once(messages))
        .map(
            holders -> {
              List<SendOutcome> outcomes = new ArrayList<>();
              for (int i = 0; i < messages.size(); i++) {
                outcomes.add(outcome(messages.get(i), holders.get(i)));
              }
              return outcomes;
            });
  }

  private static List<Deduplication.Once> once(List<NewMessage> messages) {
    return messages.stream()
        .map(message -> new Deduplication.Once(message, Fingerprint.of(message)))
        .toList();
  }

  private static SendOutcome outcome(NewMessage message, Optional<Holder> holder) {
    if (holder.isEmpty()) {
      return new SendOutcome.QueueChanged();
    }
    MessageId id = holder.get().message();
    if (id.equals(message.id())) {
      return new SendOutcome.Stored(id);
    }
    return holder.get().same() ? new SendOutcome.Duplicate(id) : new SendOutcome.Conflict(id);
  }

  private Uni<List<SendOutcome>> publishOnce(Queue queue, List<NewMessage> messages, Instant now) {
    return deduplication
        .claim(queue, once(messages))
        .flatMap(
            holders ->
                publishPending(queue, messages, now, holders, Sends::isOwn)
                    .flatMap(outcomes -> takeOver(queue, messages, now, holders, outcomes)));
  }

  private static boolean isOwn(NewMessage message, Holder holder) {
    return holder.message().equals(message.id());
  }

  // Whoever holds the id is most likely about to publish the message; only where that takes too
  // long, it is for those who repeat the request
  private Uni<List<SendOutcome>> takeOver(
      Queue queue,
      List<NewMessage> messages,
      Instant now,
      List<Optional<Holder>> holders,
      List<SendOutcome> outcomes) {
    Set<MessageId> own = new HashSet<>();
    messages.forEach(message -> own.add(message.id()));
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (holders.get(i).filter(it -> isPending(it) && !own.contains(it.message())).isPresent()) {
        places.add(i);
      }
    }
    if (places.isEmpty()) {
      return Uni.createFrom().item(outcomes);
    }
    List<NewMessage> some = places.stream().map(messages::get).toList();
    return Uni.createFrom()
        .voidItem()
        .onItem()
        .delayIt()
        .by(SETTLING)
        .flatMap(_ -> deduplication.claim(queue, once(some)))
        .flatMap(later -> publishPending(queue, some, now, later, (_, _) -> true))
        .map(
            later -> {
              List<SendOutcome> all = new ArrayList<>(outcomes);
              for (int i = 0; i < places.size(); i++) {
                all.set(places.get(i), later.get(i));
              }
              return all;
            });
  }

  private static boolean isPending(Holder holder) {
    return holder.pending() && holder.same();
  }

  /** Publishes those whose holders are pending, as far as they are chosen. */
  private Uni<List<SendOutcome>> publishPending(
      Queue queue,
      List<NewMessage> messages,
      Instant now,
      List<Optional<Holder>> holders,
      BiPredicate<NewMessage, Holder> chosen) {
    SendOutcome[] outcomes = new SendOutcome[messages.size()];
    List<Integer> pending = new ArrayList<>();
    List<Carried> published = new ArrayList<>();
    Set<MessageId> once = new HashSet<>();
    for (int i = 0; i < outcomes.length; i++) {
      NewMessage message = messages.get(i);
      outcomes[i] = outcome(message, holders.get(i));
      Optional<Holder> holder =
          holders.get(i).filter(it -> isPending(it) && chosen.test(message, it));
      if (holder.isPresent() && once.add(holder.get().message())) {
        pending.add(i);
        Move move = new Move(0, UUID.randomUUID());
        published.add(carried(message, holder.get().message(), now, move));
      }
    }
    return pending.isEmpty()
        ? Uni.createFrom().item(Arrays.asList(outcomes))
        : delivering
            .deliver(queue, published)
            .flatMap(delivered -> settle(queue, messages, pending, delivered))
            .map(
                delivered -> {
                  for (int i = 0; i < delivered.size(); i++) {
                    if (!(delivered.get(i) instanceof SendOutcome.Stored)) {
                      outcomes[pending.get(i)] = delivered.get(i);
                    }
                  }
                  return Arrays.asList(outcomes);
                });
  }

  private Uni<List<SendOutcome>> settle(
      Queue queue, List<NewMessage> messages, List<Integer> pending, List<SendOutcome> delivered) {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < delivered.size(); i++) {
      if (delivered.get(i) instanceof SendOutcome.Stored) {
        keys.add(Objects.requireNonNull(messages.get(pending.get(i)).content().deduplicationId()));
      }
    }
    return keys.isEmpty()
        ? Uni.createFrom().item(delivered)
        : deduplication.settle(queue, keys).replaceWith(delivered);
  }

  /** What comes out of the outbox. */
  Uni<List<SendOutcome>> relay(Queue queue, List<Deliverable> messages) {
    return delivering.deliver(
        queue,
        messages.stream()
            .map(
                it ->
                    new Carried(it.message(), it.attempt(), it.firstDue(), it.expires(), it.move()))
            .toList());
  }
}
