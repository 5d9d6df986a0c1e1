package io.posthaste.queue.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.DeadLetterStore.Cursor;
import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.Queues.Removal;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/** A part of the contract: its words, spoken to queues that live for one test. */
abstract class Facet {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SOON = Duration.ofSeconds(3);
  private static final int PAGE = 500;
  private static final AtomicInteger NAMES = new AtomicInteger();

  final ProviderUnderTest under;
  final QueueProvider provider;
  private final List<Queue> queues = new ArrayList<>();

  Facet(ProviderUnderTest under) {
    this.under = under;
    this.provider = under.provider();
  }

  @AfterEach
  void remove_queues() {
    for (Queue queue : queues) {
      // A test may have removed it already
      await(
          under
              .queues()
              .remove(queue.name(), Removal.WITH_MESSAGES)
              .onFailure(QueueNotFound.class)
              .recoverWithNull());
    }
  }

  /** Skips a test of what the provider does not offer; that it refuses is asserted elsewhere. */
  void needs(Capability capability) {
    assumeTrue(provider.capabilities().contains(capability), "no " + capability);
  }

  static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PATIENCE);
  }

  Duration units(int count) {
    return under.unit().multipliedBy(count);
  }

  void pass(int units) {
    under.pass(units(units));
  }

  /** Leases of thirty units, retries at once. */
  PolicyBuilder aPolicy() {
    return new PolicyBuilder(units(30));
  }

  Queue queue() {
    return queue(aPolicy());
  }

  Queue queue(PolicyBuilder policy) {
    QueueName name = new QueueName("contract-" + NAMES.incrementAndGet());
    Defined defined = await(under.queues().define(name, provider.name(), policy.build()));
    assertThat(defined).isInstanceOf(Defined.Created.class);
    Queue queue = ((Defined.Created) defined).queue();
    queues.add(queue);
    return queue;
  }

  Queue changed(Queue queue, QueuePolicy policy) {
    Defined defined = await(under.queues().define(queue.name(), provider.name(), policy));
    assertThat(defined).isInstanceOf(Defined.Changed.class);
    return ((Defined.Changed) defined).queue();
  }

  List<SendOutcome> offer(Queue queue, NewMessage... messages) {
    return await(provider.send(queue, List.of(messages)));
  }

  MessageId send(Queue queue, MessageBuilder message) {
    return sendAll(queue, message).getFirst();
  }

  List<MessageId> sendAll(Queue queue, MessageBuilder... messages) {
    NewMessage[] built =
        Arrays.stream(messages).map(MessageBuilder::build).toArray(NewMessage[]::new);
    List<MessageId> ids = Arrays.stream(built).map(NewMessage::id).toList();
    assertThat(offer(queue, built)).isEqualTo(ids.stream().map(SendOutcome.Stored::new).toList());
    return ids;
  }

  static ReceiveRequest upTo(int max, Queue queue) {
    return new ReceiveRequest(max, queue.policy().lease(), Duration.ZERO);
  }

  static ReceiveRequest waiting(Duration wait, Queue queue) {
    return new ReceiveRequest(1, queue.policy().lease(), wait);
  }

  List<Delivery> receive(Queue queue, int max) {
    return await(provider.receive(queue, upTo(max, queue)));
  }

  /**
   * What becomes available in a moment: where it lies elsewhere until it is due, it has to move.
   */
  Delivery receiveSoon(Queue queue) {
    List<Delivery> deliveries = await(provider.receive(queue, waiting(SOON, queue)));
    assertThat(deliveries).hasSize(1);
    return deliveries.getFirst();
  }

  Delivery receiveOne(Queue queue) {
    List<Delivery> deliveries = receive(queue, 1);
    assertThat(deliveries).hasSize(1);
    return deliveries.getFirst();
  }

  void assertNothingIn(Queue queue) {
    assertThat(receive(queue, 10)).isEmpty();
    assertThat(await(under.replica().receive(queue, upTo(10, queue)))).isEmpty();
  }

  List<Outcome> settle(Queue queue, Settlement... settlements) {
    return await(provider.settle(queue, List.of(settlements)));
  }

  Outcome ack(Queue queue, Delivery delivery) {
    return settle(queue, new Settlement.Ack(delivery.receipt())).getFirst();
  }

  Outcome release(Queue queue, Delivery delivery) {
    return release(queue, delivery, Duration.ZERO);
  }

  Outcome release(Queue queue, Delivery delivery, Duration delay) {
    return settle(queue, new Settlement.Release(delivery.receipt(), new Due.After(delay)))
        .getFirst();
  }

  Outcome reject(Queue queue, Delivery delivery, String reason) {
    return settle(queue, new Settlement.Reject(delivery.receipt(), reason, false)).getFirst();
  }

  Outcome extend(Queue queue, Delivery delivery, Duration lease) {
    return settle(queue, new Settlement.Extend(delivery.receipt(), lease)).getFirst();
  }

  /** The dead letters of a queue with their histories, the earliest first. */
  List<DeadLetter> dead(Queue queue) {
    return deadInShort(queue).stream()
        .map(letter -> await(under.deadLetters().find(letter.message().id())).orElseThrow())
        .toList();
  }

  /** The same without histories. A broker's dead letters may have a way to go to where they lie. */
  List<DeadLetter> deadInShort(Queue queue) {
    under.upkeep();
    DeadLetterFilter filter = DeadLetterFilter.ofQueue(queue.name().value());
    List<DeadLetter> all = new ArrayList<>();
    List<DeadLetter> page = await(under.deadLetters().list(filter, Optional.empty(), PAGE));
    while (!page.isEmpty()) {
      all.addAll(page);
      DeadLetter last = page.getLast();
      Cursor cursor = new Cursor(last.diedAt(), last.message().id());
      page = await(under.deadLetters().list(filter, Optional.of(cursor), PAGE));
    }
    return all.reversed();
  }

  static List<String> reasons(DeadLetter letter) {
    return letter.history().stream().map(DeadLetter.FailedAttempt::reason).toList();
  }

  static MessageId id(Delivery delivery) {
    return delivery.message().id();
  }

  static List<MessageId> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(Facet::id).toList();
  }

  static String text(Delivery delivery) {
    return new String(delivery.message().content().payload().bytes(), StandardCharsets.UTF_8);
  }
}
