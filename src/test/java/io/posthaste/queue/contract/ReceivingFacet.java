package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.message.Receipt;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

public abstract class ReceivingFacet extends Facet {
  protected ReceivingFacet(ProviderUnderTest under) {
    super(under);
  }

  @Test
  void empty_queue_answers_at_once_with_nothing() {
    Queue queue = queue();

    assertThat(receive(queue, 10)).isEmpty();
  }

  @Test
  void receiver_gets_at_most_as_many_as_it_asked_for() {
    Queue queue = queue();
    sendAll(queue, aMessage(), aMessage(), aMessage());

    List<Delivery> first = receive(queue, 2);
    List<Delivery> rest = receive(queue, 2);

    assertThat(first).hasSize(2);
    assertThat(rest).hasSize(1);
    assertThat(ids(first)).doesNotContainAnyElementsOf(ids(rest));
  }

  @Test
  void queues_do_not_mix() {
    Queue one = queue();
    Queue other = queue();
    send(one, aMessage("one"));
    send(other, aMessage("other"));

    assertThat(text(receiveOne(one))).isEqualTo("\"one\"");
    assertThat(text(receiveOne(other))).isEqualTo("\"other\"");
    assertNothingIn(one);
    assertNothingIn(other);
  }

  @Test
  void leased_message_is_handed_to_nobody_else() {
    Queue queue = queue();
    send(queue, aMessage());
    receiveOne(queue);

    pass(25);

    assertNothingIn(queue);
  }

  @Test
  void lease_lasts_as_long_as_the_receiver_asked() {
    Queue queue = queue();
    send(queue, aMessage());
    Instant before = under.now();

    List<Delivery> deliveries =
        await(provider.receive(queue, new ReceiveRequest(1, units(90), Duration.ZERO)));

    assertThat(deliveries.getFirst().leasedUntil())
        .isBetween(before.plus(units(90)).minus(1, ChronoUnit.MILLIS), under.now().plus(units(90)))
        .isCloseTo(before.plus(units(90)), within(units(20)));
    pass(60);
    assertNothingIn(queue);
    pass(31);
    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void expired_lease_makes_message_available_with_the_next_attempt() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery first = receiveOne(queue);

    pass(31);

    Delivery second = receiveOne(queue);
    assertThat(id(second)).isEqualTo(id(first));
    assertThat(first.attempt()).isEqualTo(1);
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.receipt()).isNotEqualTo(first.receipt());
    assertThat(second.message()).usingRecursiveComparison().isEqualTo(first.message());
  }

  @Test
  void any_replica_receives_and_settles() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery delivery = await(under.replica().receive(queue, upTo(1, queue))).getFirst();

    assertNothingIn(queue);
    assertThat(ack(queue, delivery)).isEqualTo(Outcome.ACKED);

    pass(31);
    assertNothingIn(queue);
  }

  @Test
  void every_delivery_has_a_receipt_of_its_own() {
    Queue queue = queue();
    sendAll(queue, aMessage(), aMessage(), aMessage());

    List<Receipt> receipts = receive(queue, 3).stream().map(Delivery::receipt).toList();

    assertThat(receipts).hasSize(3).doesNotHaveDuplicates();
    assertThat(receipts.getFirst().toString()).doesNotContain(receipts.getFirst().token());
  }

  @Test
  void concurrent_receivers_share_what_there_is() {
    Queue queue = queue();
    List<MessageId> sent =
        sendAll(
            queue,
            IntStream.range(0, 200)
                .mapToObj(i -> aMessage("m" + i))
                .toArray(MessageBuilder[]::new));

    List<Delivery> received =
        IntStream.range(0, 40)
            .mapToObj(i -> i % 2 == 0 ? provider : under.replica())
            .map(replica -> replica.receive(queue, upTo(5, queue)).subscribeAsCompletionStage())
            .toList()
            .stream()
            .flatMap(answer -> answer.join().stream())
            .collect(Collectors.toCollection(ArrayList::new));
    received.addAll(receive(queue, 200));

    assertThat(ids(received)).containsExactlyInAnyOrderElementsOf(sent);
  }

  @Test
  void deliveries_under_one_lease_run_out_together_but_settle_apart() {
    Queue queue = queue();
    sendAll(queue, aMessage("a"), aMessage("b"), aMessage("c"));
    List<Delivery> deliveries = receive(queue, 3);
    settle(queue, new Settlement.Ack(deliveries.get(1).receipt()));

    pass(31);

    assertThat(ids(receive(queue, 10)))
        .containsExactlyInAnyOrder(id(deliveries.get(0)), id(deliveries.get(2)));
  }
}
