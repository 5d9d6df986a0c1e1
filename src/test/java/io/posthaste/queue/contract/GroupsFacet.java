package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueProvider.ChangeOutcome;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.RetryPolicy;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

public abstract class GroupsFacet extends Facet {
  protected GroupsFacet(ProviderUnderTest under) {
    super(under);
  }

  @BeforeEach
  void needs_groups() {
    needs(Capability.GROUPS);
  }

  private Queue ordered() {
    return queue(aPolicy().orderedByGroup());
  }

  private static MessageBuilder of(String group, String word) {
    return aMessage(word).withGroup(group);
  }

  /** Takes what comes, one after the other, and acks it. */
  private List<String> consume(Queue queue) {
    List<String> words = new ArrayList<>();
    List<Delivery> deliveries = receive(queue, 1);
    while (!deliveries.isEmpty()) {
      words.add(text(deliveries.getFirst()).replace("\"", ""));
      assertThat(ack(queue, deliveries.getFirst())).isEqualTo(Outcome.ACKED);
      deliveries = receive(queue, 1);
    }
    return words;
  }

  @Test
  void group_is_delivered_in_the_order_in_which_it_was_stored() {
    Queue queue = ordered();
    send(queue, of("g", "1"));
    sendAll(queue, of("g", "2"), of("g", "3"), of("g", "4"));
    send(queue, of("g", "5"));

    assertThat(consume(queue)).containsExactly("1", "2", "3", "4", "5");
  }

  @Test
  void groups_of_a_large_batch_keep_the_order_of_the_batch() {
    Queue queue = ordered();
    List<MessageId> ids =
        sendAll(
            queue,
            IntStream.range(0, 400)
                .mapToObj(i -> of("g" + i * 7 % 40 % 4, "m" + i).withPriority(i % 3))
                .toArray(MessageBuilder[]::new));

    Map<String, List<MessageId>> received = new HashMap<>();
    List<Delivery> deliveries = receive(queue, 10);
    while (!deliveries.isEmpty()) {
      for (Delivery delivery : deliveries) {
        String group = delivery.message().content().group();
        received.computeIfAbsent(group, _ -> new ArrayList<>()).add(id(delivery));
        ack(queue, delivery);
      }
      deliveries = receive(queue, 10);
    }

    assertThat(received.values().stream().mapToInt(List::size).sum()).isEqualTo(400);
    assertThat(received.values())
        .allSatisfy(group -> assertThat(group.stream().map(ids::indexOf)).isSorted());
  }

  @Test
  void priority_does_not_reorder_a_group() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2").withPriority(9), of("g", "3").withPriority(5));

    assertThat(consume(queue)).containsExactly("1", "2", "3");
  }

  @Test
  void one_of_a_group_is_in_flight() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2"));

    List<Delivery> deliveries = receive(queue, 10);

    assertThat(deliveries).hasSize(1);
    send(queue, of("g", "3"));
    assertNothingIn(queue);
    ack(queue, deliveries.getFirst());
    assertThat(text(receiveOne(queue))).isEqualTo("\"2\"");
    assertNothingIn(queue);
  }

  @Test
  void groups_do_not_hinder_each_other_nor_those_without() {
    Queue queue = ordered();
    sendAll(queue, of("a", "a1"), of("a", "a2"), of("b", "b1"), aMessage("x"), aMessage("y"));

    assertThat(receive(queue, 10).stream().map(Facet::text))
        .containsExactlyInAnyOrder("\"a1\"", "\"b1\"", "\"x\"", "\"y\"");
  }

  @Test
  void backlog_of_one_group_does_not_hide_another() {
    Queue queue = ordered();
    sendAll(
        queue,
        IntStream.range(0, 1000).mapToObj(i -> of("long", "l" + i)).toArray(MessageBuilder[]::new));
    send(queue, of("short", "s"));

    assertThat(receive(queue, 10).stream().map(Facet::text))
        .containsExactlyInAnyOrder("\"l0\"", "\"s\"");
  }

  @Test
  void group_means_nothing_where_the_queue_does_not_order() {
    Queue queue = queue();
    sendAll(queue, of("g", "1"), of("g", "2"));

    assertThat(receive(queue, 10)).hasSize(2);
  }

  @Test
  void retrying_head_holds_its_group() {
    Queue queue =
        queue(
            aPolicy()
                .orderedByGroup()
                .withMaxAttempts(2)
                .withRetry(new RetryPolicy.Fixed(units(20), 0)));
    sendAll(queue, of("g", "1"), of("g", "2"), of("other", "o"));
    for (Delivery delivery : receive(queue, 2)) {
      if (text(delivery).contains("1")) {
        reject(queue, delivery, "no");
      } else {
        ack(queue, delivery);
      }
    }

    pass(18);
    assertNothingIn(queue);
    pass(3);
    Delivery again = receiveOne(queue);
    assertThat(text(again)).isEqualTo("\"1\"");
    assertThat(again.attempt()).isEqualTo(2);
    reject(queue, again, "no");
    assertThat(consume(queue)).containsExactly("2");
  }

  @Test
  void head_that_dies_by_its_lease_lets_the_next_one_pass() {
    Queue queue = queue(aPolicy().orderedByGroup().withMaxAttempts(1));
    sendAll(queue, of("g", "1"), of("g", "2"));
    receiveOne(queue);

    pass(31);

    assertThat(consume(queue)).containsExactly("2");
    assertThat(dead(queue)).hasSize(1);
  }

  @Test
  void head_rejected_for_good_lets_the_next_one_pass() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2"));

    settle(queue, new Settlement.Reject(receiveOne(queue).receipt(), "bad", true));

    assertThat(consume(queue)).containsExactly("2");
  }

  @Test
  void released_head_comes_before_the_others() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2"));

    release(queue, receiveOne(queue));

    assertThat(consume(queue)).containsExactly("1", "2");
  }

  @Test
  void head_whose_lease_runs_out_comes_before_the_others() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2"));
    receiveOne(queue);

    pass(31);

    assertThat(consume(queue)).containsExactly("1", "2");
  }

  @Test
  void delayed_head_holds_its_group() {
    Queue queue = ordered();
    send(queue, of("g", "1").withDelay(units(20)));
    send(queue, of("g", "2"));

    assertNothingIn(queue);
    pass(21);
    assertThat(consume(queue)).containsExactly("1", "2");
  }

  @Test
  void delayed_message_behind_a_head_is_not_early() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2").withDelay(units(20)), of("g", "3"));

    assertThat(consume(queue)).containsExactly("1");
    pass(18);
    assertNothingIn(queue);
    pass(3);
    assertThat(consume(queue)).containsExactly("2", "3");
  }

  @Test
  void waiting_message_can_be_cancelled() {
    needs(Capability.RESCHEDULE);
    Queue queue = ordered();
    List<MessageId> ids = sendAll(queue, of("g", "1"), of("g", "2"), of("g", "3"));

    assertThat(await(provider.cancel(queue, ids.get(1)))).isEqualTo(ChangeOutcome.CHANGED);

    assertThat(consume(queue)).containsExactly("1", "3");
  }

  @Test
  void waiting_message_can_be_cancelled_while_its_head_is_leased() {
    needs(Capability.RESCHEDULE);
    Queue queue = ordered();
    List<MessageId> ids = sendAll(queue, of("g", "1"), of("g", "2"), of("g", "3"));
    Delivery head = receiveOne(queue);

    assertThat(await(provider.cancel(queue, ids.get(1)))).isEqualTo(ChangeOutcome.CHANGED);
    assertThat(await(provider.cancel(queue, ids.get(0)))).isEqualTo(ChangeOutcome.LEASED);

    assertNothingIn(queue);
    ack(queue, head);
    assertThat(consume(queue)).containsExactly("3");
  }

  @Test
  void cancelled_head_lets_the_next_one_pass() {
    needs(Capability.RESCHEDULE);
    Queue queue = ordered();
    MessageId head = send(queue, of("g", "1").withDelay(units(20)));
    send(queue, of("g", "2"));

    assertThat(await(provider.cancel(queue, head))).isEqualTo(ChangeOutcome.CHANGED);

    assertThat(consume(queue)).containsExactly("2");
  }

  @Test
  void rescheduled_head_holds_its_group_until_then() {
    needs(Capability.RESCHEDULE);
    Queue queue = ordered();
    List<MessageId> ids = sendAll(queue, of("g", "1"), of("g", "2"));

    await(provider.reschedule(queue, ids.get(0), new Due.After(units(20))));

    assertNothingIn(queue);
    pass(21);
    assertThat(consume(queue)).containsExactly("1", "2");
  }

  @Test
  void rescheduled_waiting_message_keeps_its_place_and_its_time() {
    needs(Capability.RESCHEDULE);
    Queue queue = ordered();
    List<MessageId> ids = sendAll(queue, of("g", "1"), of("g", "2"), of("g", "3"));

    assertThat(await(provider.reschedule(queue, ids.get(1), new Due.After(units(20)))))
        .isEqualTo(ChangeOutcome.CHANGED);

    assertThat(consume(queue)).containsExactly("1");
    pass(21);
    assertThat(consume(queue)).containsExactly("2", "3");
  }

  @Test
  void expired_head_lets_the_next_one_pass() {
    Queue queue = ordered();
    MessageId head = send(queue, of("g", "1").withTimeToLive(units(10)));
    send(queue, of("g", "2"));

    pass(11);

    assertThat(consume(queue)).containsExactly("2");
    assertThat(dead(queue))
        .hasSize(1)
        .allSatisfy(
            letter -> {
              assertThat(letter.message().id()).isEqualTo(head);
              assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.EXPIRED);
            });
  }

  @Test
  void message_that_expires_behind_its_head_is_never_delivered() {
    Queue queue = queue(aPolicy().orderedByGroup().dropsWhatExpires());
    sendAll(queue, of("g", "1"), of("g", "2").withTimeToLive(units(5)), of("g", "3"));
    Delivery head = receiveOne(queue);

    pass(6);
    ack(queue, head);
    under.upkeep();

    assertThat(consume(queue)).containsExactly("3");
  }

  @Test
  void settling_a_batch_moves_every_group_on() {
    Queue queue = ordered();
    sendAll(
        queue,
        IntStream.range(0, 100)
            .mapToObj(i -> of("g" + i % 50, "m" + i))
            .toArray(MessageBuilder[]::new));
    List<Delivery> first = receive(queue, 100);
    assertThat(first).hasSize(50);

    Settlement[] acks =
        first.stream()
            .map(delivery -> new Settlement.Ack(delivery.receipt()))
            .toArray(Settlement[]::new);
    assertThat(settle(queue, acks)).containsOnly(Outcome.ACKED);

    assertThat(receive(queue, 100).stream().map(delivery -> delivery.message().content().group()))
        .containsExactlyInAnyOrderElementsOf(
            first.stream().map(delivery -> delivery.message().content().group()).toList());
  }

  @Test
  void sends_of_two_replicas_race_with_acks_and_no_group_stands_still() {
    Queue queue = ordered();
    for (int round = 0; round < 30; round++) {
      send(queue, of("g", "head"));
      Delivery head = receiveOne(queue);
      CompletionStage<?> sent =
          under
              .replica()
              .send(queue, List.of(of("g", "next").build()))
              .subscribeAsCompletionStage();
      CompletionStage<?> acked =
          provider
              .settle(queue, List.of(new Settlement.Ack(head.receipt())))
              .subscribeAsCompletionStage();
      sent.toCompletableFuture().join();
      acked.toCompletableFuture().join();

      assertThat(consume(queue)).containsExactly("next");
    }
  }

  @Test
  void ordering_of_a_queue_with_messages_stays() {
    Queue queue = ordered();
    send(queue, of("g", "1"));

    Defined defined =
        await(under.queues().define(queue.name(), provider.name(), aPolicy().build()));

    assertThat(defined).isEqualTo(new Defined.OrderingFixed(queue, 1));
  }

  @Test
  void replica_that_has_not_heard_of_the_ordering_keeps_it_nevertheless() {
    Queue before = queue();
    Queue queue = changed(before, aPolicy().orderedByGroup().build());
    sendAll(queue, of("g", "1"), of("g", "2"), of("g", "3"));

    Delivery first = receiveOne(before);
    assertThat(receive(before, 10)).isEmpty();
    assertThat(ack(before, first)).isEqualTo(Outcome.ACKED);
    settle(before, new Settlement.Reject(receiveOne(before).receipt(), "bad", true));

    assertThat(consume(queue)).containsExactly("3");
  }

  @Test
  void released_message_of_a_group_is_not_overtaken_while_it_is_delayed() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2"));

    release(queue, receiveOne(queue), units(20));

    assertNothingIn(queue);
    pass(21);
    assertThat(consume(queue)).containsExactly("1", "2");
  }

  @Test
  void lease_of_a_head_can_be_extended() {
    Queue queue = ordered();
    sendAll(queue, of("g", "1"), of("g", "2"));
    Delivery head = receiveOne(queue);
    extend(queue, head, units(60));

    pass(40);

    assertNothingIn(queue);
    ack(queue, head);
    assertThat(consume(queue)).containsExactly("2");
    assertThat(Duration.between(under.now(), head.leasedUntil())).isNegative();
  }
}
