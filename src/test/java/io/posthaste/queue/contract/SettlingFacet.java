package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.Receipt;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

public abstract class SettlingFacet extends Facet {
  private static final Due.After AT_ONCE = new Due.After(Duration.ZERO);

  protected SettlingFacet(ProviderUnderTest under) {
    super(under);
  }

  @Test
  void acked_message_never_comes_back() {
    Queue queue = queue();
    send(queue, aMessage());

    assertThat(ack(queue, receiveOne(queue))).isEqualTo(Outcome.ACKED);

    pass(100);
    assertNothingIn(queue);
    assertThat(dead(queue)).isEmpty();
  }

  @Test
  void receipt_is_worthless_once_its_lease_has_run_out() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery stale = receiveOne(queue);
    pass(31);

    assertThat(everyWay(queue, stale.receipt())).containsOnly(Outcome.LEASE_LOST);

    assertThat(receiveOne(queue).attempt()).isEqualTo(2);
  }

  @Test
  void receipt_is_worthless_once_another_holds_the_message() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery stale = receiveOne(queue);
    pass(31);
    Delivery current = receiveOne(queue);

    assertThat(everyWay(queue, stale.receipt())).containsOnly(Outcome.LEASE_LOST);

    assertNothingIn(queue);
    assertThat(ack(queue, current)).isEqualTo(Outcome.ACKED);
  }

  @Test
  void receipt_settles_once() {
    Queue queue = queue();
    sendAll(queue, aMessage(), aMessage(), aMessage());
    List<Delivery> deliveries = receive(queue, 3);
    ack(queue, deliveries.get(0));
    release(queue, deliveries.get(1));
    reject(queue, deliveries.get(2), "no");

    for (Delivery delivery : deliveries) {
      assertThat(everyWay(queue, delivery.receipt())).containsOnly(Outcome.LEASE_LOST);
    }

    assertThat(receive(queue, 10)).hasSize(2);
  }

  /** All that a receiver may say, each in a call of its own. */
  private List<Outcome> everyWay(Queue queue, Receipt receipt) {
    List<Settlement> ways =
        List.of(
            new Settlement.Ack(receipt),
            new Settlement.Extend(receipt, units(60)),
            new Settlement.Release(receipt, AT_ONCE),
            new Settlement.Reject(receipt, "late", false),
            new Settlement.Reject(receipt, "late", true));
    return ways.stream().map(way -> settle(queue, way).getFirst()).toList();
  }

  @Test
  void made_up_receipts_are_unknown() {
    Queue queue = queue();
    send(queue, aMessage());
    String good = receiveOne(queue).receipt().token();

    assertThat(
            List.of("", "x", "nonsense", good + "A", "ä".repeat(good.length()), "\0").stream()
                .flatMap(token -> everyWay(queue, new Receipt(token)).stream()))
        .containsOnly(Outcome.UNKNOWN);
    assertNothingIn(queue);
  }

  @Test
  void receipt_that_was_tampered_with_settles_nothing() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery delivery = receiveOne(queue);
    String token = delivery.receipt().token();
    for (int at = 0; at < token.length(); at++) {
      char other = token.charAt(at) == 'k' ? 'w' : 'k';
      String forged = token.substring(0, at) + other + token.substring(at + 1);

      assertThat(settle(queue, new Settlement.Ack(new Receipt(forged))))
          .isSubsetOf(Outcome.LEASE_LOST, Outcome.UNKNOWN);
    }

    assertThat(ack(queue, delivery)).isEqualTo(Outcome.ACKED);
  }

  @Test
  void receipt_of_another_queue_settles_nothing() {
    Queue queue = queue();
    Queue other = queue();
    send(queue, aMessage());
    Delivery delivery = receiveOne(queue);

    assertThat(everyWay(other, delivery.receipt())).isSubsetOf(Outcome.LEASE_LOST, Outcome.UNKNOWN);

    assertNothingIn(queue);
    assertThat(ack(queue, delivery)).isEqualTo(Outcome.ACKED);
  }

  @Test
  void batch_answers_each_receipt_by_what_happened_to_it() {
    Queue queue = queue(aPolicy().withMaxAttempts(2));
    sendAll(queue, IntStream.range(0, 6).mapToObj(i -> aMessage()).toArray(MessageBuilder[]::new));
    List<Receipt> receipts = receive(queue, 6).stream().map(Delivery::receipt).toList();
    settle(queue, new Settlement.Ack(receipts.get(5)));

    List<Outcome> outcomes =
        settle(
            queue,
            new Settlement.Ack(receipts.get(0)),
            new Settlement.Ack(new Receipt("unknown")),
            new Settlement.Release(receipts.get(1), AT_ONCE),
            new Settlement.Reject(receipts.get(2), "again", false),
            new Settlement.Reject(receipts.get(3), "never", true),
            new Settlement.Extend(receipts.get(4), units(90)),
            new Settlement.Ack(receipts.get(5)));

    assertThat(outcomes)
        .containsExactly(
            Outcome.ACKED,
            Outcome.UNKNOWN,
            Outcome.RELEASED,
            Outcome.REJECTED,
            Outcome.DEAD,
            Outcome.EXTENDED,
            Outcome.LEASE_LOST);
  }

  @Test
  void empty_batch_settles_nothing() {
    assertThat(settle(queue())).isEmpty();
  }

  @Test
  void receipt_named_twice_in_a_batch_is_settled_once() {
    Queue queue = queue();
    sendAll(queue, aMessage(), aMessage());
    List<Delivery> deliveries = receive(queue, 2);
    Settlement ack = new Settlement.Ack(deliveries.get(0).receipt());

    assertThat(settle(queue, ack, ack).getFirst()).isEqualTo(Outcome.ACKED);

    assertThat(ack(queue, deliveries.get(1))).isEqualTo(Outcome.ACKED);
    pass(31);
    assertNothingIn(queue);
  }

  @Test
  void of_two_words_on_one_receipt_the_first_counts_and_the_other_hears_so() {
    Queue queue = queue();
    send(queue, aMessage());
    Receipt receipt = receiveOne(queue).receipt();

    List<Outcome> outcomes =
        settle(
            queue,
            new Settlement.Release(receipt, AT_ONCE),
            new Settlement.Reject(receipt, "for good", true));

    assertThat(outcomes).containsExactly(Outcome.RELEASED, Outcome.LEASE_LOST);
    assertThat(receiveOne(queue).attempt()).isEqualTo(1);
    assertThat(dead(queue)).isEmpty();
  }

  @Test
  void extended_lease_lasts_from_now_on() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery delivery = receiveOne(queue);
    pass(20);

    assertThat(extend(queue, delivery, units(30))).isEqualTo(Outcome.EXTENDED);

    pass(25);
    assertNothingIn(queue);
    assertThat(ack(queue, delivery)).isEqualTo(Outcome.ACKED);
  }

  @Test
  void extended_lease_may_be_shorter_and_runs_out_too() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery delivery = receiveOne(queue);

    extend(queue, delivery, units(5));

    pass(6);
    assertThat(ack(queue, delivery)).isEqualTo(Outcome.LEASE_LOST);
    assertThat(receiveOne(queue).attempt()).isEqualTo(2);
  }

  @Test
  void extending_some_of_a_receive_leaves_the_others_as_they_are() {
    Queue queue = queue();
    sendAll(queue, aMessage(), aMessage(), aMessage());
    List<Delivery> deliveries = receive(queue, 3);

    extend(queue, deliveries.get(0), units(90));
    extend(queue, deliveries.get(0), units(100));
    extend(queue, deliveries.get(1), units(60));

    pass(31);
    assertThat(ids(receive(queue, 3))).containsExactly(id(deliveries.get(2)));
    pass(60);
    assertThat(ack(queue, deliveries.get(1))).isEqualTo(Outcome.LEASE_LOST);
    assertThat(ack(queue, deliveries.get(0))).isEqualTo(Outcome.ACKED);
  }

  @Test
  void each_extension_of_a_batch_gets_the_time_it_asked_for() {
    Queue queue = queue();
    sendAll(queue, aMessage(), aMessage());
    List<Delivery> deliveries = receive(queue, 2);

    settle(
        queue,
        new Settlement.Extend(deliveries.get(0).receipt(), units(90)),
        new Settlement.Extend(deliveries.get(1).receipt(), units(2)));

    pass(3);
    assertThat(ids(receive(queue, 2))).containsExactly(id(deliveries.get(1)));
    pass(50);
    assertThat(ack(queue, deliveries.get(0))).isEqualTo(Outcome.ACKED);
  }

  @Test
  void extended_delivery_can_be_released_and_rejected() {
    Queue queue = queue();
    sendAll(queue, aMessage(), aMessage(), aMessage());
    List<Delivery> deliveries = receive(queue, 3);
    extend(queue, deliveries.get(0), units(90));
    extend(queue, deliveries.get(1), units(90));

    assertThat(release(queue, deliveries.get(0))).isEqualTo(Outcome.RELEASED);
    assertThat(reject(queue, deliveries.get(1), "no")).isEqualTo(Outcome.REJECTED);

    assertThat(receive(queue, 3).stream().map(Delivery::attempt)).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void released_message_is_available_again_and_keeps_its_attempt() {
    Queue queue = queue(aPolicy().withMaxAttempts(1));
    send(queue, aMessage());
    for (int i = 0; i < 5; i++) {
      Delivery delivery = receiveOne(queue);
      assertThat(delivery.attempt()).isEqualTo(1);
      assertThat(release(queue, delivery)).isEqualTo(Outcome.RELEASED);
    }

    assertThat(ack(queue, receiveOne(queue))).isEqualTo(Outcome.ACKED);
    assertThat(dead(queue)).isEmpty();
  }

  @Test
  void released_message_waits_for_the_delay() {
    Queue queue = queue();
    send(queue, aMessage());

    release(queue, receiveOne(queue), units(20));

    pass(18);
    assertNothingIn(queue);
    pass(3);
    assertThat(receiveOne(queue).attempt()).isEqualTo(1);
  }

  @Test
  void message_rejected_for_good_is_dead_at_once() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery delivery = receiveOne(queue);

    List<Outcome> outcomes =
        settle(queue, new Settlement.Reject(delivery.receipt(), "malformed", true));

    assertThat(outcomes).containsExactly(Outcome.DEAD);
    pass(31);
    assertNothingIn(queue);
    DeadLetter letter = dead(queue).getFirst();
    assertThat(letter.message()).usingRecursiveComparison().isEqualTo(delivery.message());
    assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.REJECTED_PERMANENTLY);
    assertThat(letter.reason()).isEqualTo("malformed");
    assertThat(letter.attempts()).isEqualTo(1);
    assertThat(reasons(letter)).containsExactly("malformed");
  }

  @Test
  void reject_needs_no_reason() {
    Queue queue = queue(aPolicy().withMaxAttempts(1));
    send(queue, aMessage());
    Delivery delivery = receiveOne(queue);

    settle(queue, new Settlement.Reject(delivery.receipt(), null, false));

    assertThat(dead(queue)).hasSize(1).allSatisfy(it -> assertThat(it.reason()).isNotBlank());
  }

  @Test
  void concurrent_settles_of_one_receipt_have_one_winner() {
    Queue queue = queue();
    for (int round = 0; round < 20; round++) {
      send(queue, aMessage());
      Receipt receipt = receiveOne(queue).receipt();
      var ack =
          provider.settle(queue, List.of(new Settlement.Ack(receipt))).subscribeAsCompletionStage();
      var reject =
          under
              .replica()
              .settle(queue, List.of(new Settlement.Reject(receipt, "raced", true)))
              .subscribeAsCompletionStage();

      assertThat(List.of(ack.join().getFirst(), reject.join().getFirst()))
          .isIn(
              List.of(Outcome.ACKED, Outcome.LEASE_LOST),
              List.of(Outcome.LEASE_LOST, Outcome.DEAD));
      assertNothingIn(queue);
    }
  }

  @Test
  void thousand_receipts_settle_in_one_batch() {
    Queue queue = queue();
    sendAll(
        queue, IntStream.range(0, 1000).mapToObj(i -> aMessage()).toArray(MessageBuilder[]::new));
    Settlement[] acks =
        receive(queue, 1000).stream()
            .map(delivery -> new Settlement.Ack(delivery.receipt()))
            .toArray(Settlement[]::new);

    assertThat(settle(queue, acks)).hasSize(1000).containsOnly(Outcome.ACKED);
  }
}
