package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.StoredMessage;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

public abstract class InspectionFacet extends Facet {
  protected InspectionFacet(ProviderUnderTest under) {
    super(under);
  }

  private List<MessageId> peek(Queue queue, MessageState state, int limit) {
    List<StoredMessage> seen = await(provider.peek(queue, Optional.of(state), limit));
    assertThat(seen).allSatisfy(it -> assertThat(it.state()).isEqualTo(state));
    return seen.stream().map(it -> it.message().id()).toList();
  }

  private StoredMessage find(Queue queue, MessageId id) {
    return await(provider.find(queue, id)).orElseThrow();
  }

  @Test
  void stats_of_an_empty_queue_are_naught() {
    assertThat(await(provider.stats(queue()))).isEqualTo(new QueueStats(0, 0, 0, 0, null));
  }

  @Test
  void stats_count_each_state() {
    Queue queue = queue(aPolicy().withMaxAttempts(1));
    sendAll(queue, IntStream.range(0, 9).mapToObj(i -> aMessage()).toArray(MessageBuilder[]::new));
    sendAll(queue, aMessage().withDelay(units(20)), aMessage().withDelay(units(900)));
    receive(queue, 4);
    reject(queue, receiveOne(queue), "no");
    pass(5);

    QueueStats stats = await(under.replica().stats(queue));

    assertThat(stats.available()).isEqualTo(4);
    assertThat(stats.delayed()).isEqualTo(2);
    assertThat(stats.leased()).isEqualTo(4);
    assertThat(stats.dead()).isEqualTo(1);
    assertThat(stats.inQueue()).isEqualTo(10);
    if (provider.capabilities().contains(Capability.PEEK)) {
      assertThat(stats.oldestAge()).isCloseTo(units(5), units(4));
    }
  }

  @Test
  void stats_follow_a_message_through_its_life() {
    Queue queue = queue();
    send(queue, aMessage().withDelay(units(10)));
    assertThat(await(provider.stats(queue)).delayed()).isEqualTo(1);
    pass(11);
    assertThat(await(provider.stats(queue)).available()).isEqualTo(1);
    Delivery delivery = receiveOne(queue);
    assertThat(await(provider.stats(queue))).isEqualTo(new QueueStats(0, 0, 1, 0, null));
    ack(queue, delivery);
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
  }

  @Test
  void stats_count_those_who_wait_in_a_group() {
    needs(Capability.GROUPS);
    Queue queue = queue(aPolicy().orderedByGroup());
    sendAll(
        queue,
        aMessage().withGroup("g"),
        aMessage().withGroup("g"),
        aMessage().withGroup("g").withDelay(units(50)));
    receiveOne(queue);

    QueueStats stats = await(provider.stats(queue));

    assertThat(stats.leased()).isEqualTo(1);
    assertThat(stats.available()).isEqualTo(1);
    assertThat(stats.delayed()).isEqualTo(1);
  }

  @Test
  void peek_shows_each_state_and_takes_nothing() {
    needs(Capability.PEEK);
    Queue queue = queue();
    MessageId delayed = send(queue, aMessage().withDelay(units(50)));
    MessageId leased = send(queue, aMessage());
    receiveOne(queue);
    MessageId available = send(queue, aMessage());

    assertThat(peek(queue, MessageState.AVAILABLE, 10)).containsExactly(available);
    assertThat(peek(queue, MessageState.DELAYED, 10)).containsExactly(delayed);
    assertThat(peek(queue, MessageState.LEASED, 10)).containsExactly(leased);
    assertThat(await(provider.peek(queue, Optional.empty(), 10)))
        .extracting(it -> it.message().id())
        .containsExactlyInAnyOrder(available, delayed, leased);
    assertThat(receiveOne(queue).attempt()).isEqualTo(1);
  }

  @Test
  void peek_shows_what_is_delayed() {
    needs(Capability.PEEK_DELAYED);
    Queue queue = queue();
    MessageId delayed = send(queue, aMessage().withDelay(units(50)));
    MessageId later = send(queue, aMessage().withDelay(units(60)));
    send(queue, aMessage());

    assertThat(peek(queue, MessageState.DELAYED, 10)).containsExactly(delayed, later);
    assertThat(find(queue, later).state()).isEqualTo(MessageState.DELAYED);
  }

  @Test
  void peek_shows_what_comes_next_up_to_the_limit() {
    needs(Capability.PEEK);
    Queue queue = queue();
    sendAll(
        queue,
        IntStream.range(0, 20)
            .mapToObj(i -> aMessage().withPriority(i % 4))
            .toArray(MessageBuilder[]::new));

    List<MessageId> seen = peek(queue, MessageState.AVAILABLE, 7);

    assertThat(seen).hasSize(7).isEqualTo(ids(receive(queue, 7)));
  }

  @Test
  void peek_shows_those_who_wait_in_a_group() {
    needs(Capability.PEEK);
    needs(Capability.GROUPS);
    Queue queue = queue(aPolicy().orderedByGroup());
    List<MessageId> ids =
        sendAll(
            queue,
            aMessage().withGroup("g"),
            aMessage().withGroup("g"),
            aMessage().withGroup("g").withDelay(units(50)));

    assertThat(peek(queue, MessageState.AVAILABLE, 10))
        .containsExactlyElementsOf(ids.subList(0, 2));
    assertThat(peek(queue, MessageState.DELAYED, 10)).containsExactly(ids.get(2));
  }

  @Test
  void found_message_is_the_one_that_was_sent() {
    needs(Capability.PEEK_DELAYED);
    Queue queue = queue();
    NewMessage sent =
        aMessage().withType("t").withGroup("g").withPriority(2).withDelay(units(20)).build();
    offer(queue, sent);

    StoredMessage found = find(queue, sent.id());

    assertThat(found.message().content()).usingRecursiveComparison().isEqualTo(sent.content());
    assertThat(found.state()).isEqualTo(MessageState.DELAYED);
    assertThat(found.attempt()).isZero();
    assertThat(found.due())
        .isCloseTo(found.message().enqueuedAt().plus(units(20)), within(units(1)));
  }

  @Test
  void found_message_tells_its_state_and_attempts() {
    needs(Capability.PEEK);
    Queue queue = queue();
    MessageId id = send(queue, aMessage());
    assertThat(find(queue, id).state()).isEqualTo(MessageState.AVAILABLE);

    Delivery delivery = receiveOne(queue);
    assertThat(find(queue, id).state()).isEqualTo(MessageState.LEASED);
    assertThat(find(queue, id).attempt()).isEqualTo(1);

    reject(queue, delivery, "no");
    assertThat(find(queue, id).state()).isEqualTo(MessageState.AVAILABLE);
    assertThat(find(queue, id).attempt()).isEqualTo(1);

    ack(queue, receiveOne(queue));
    assertThat(await(provider.find(queue, id))).isEmpty();
  }

  @Test
  void message_of_another_queue_is_not_found() {
    needs(Capability.PEEK);
    Queue queue = queue();
    MessageId id = send(queue, aMessage());

    assertThat(await(provider.find(queue(), id))).isEmpty();
  }
}
