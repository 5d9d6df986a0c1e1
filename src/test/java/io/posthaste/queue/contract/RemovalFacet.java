package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Delivery;
import io.posthaste.queue.Capability;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.Queues.Removal;
import io.posthaste.queue.Queues.Removed;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

public abstract class RemovalFacet extends Facet {
  protected RemovalFacet(ProviderUnderTest under) {
    super(under);
  }

  @Test
  void purge_removes_all_but_what_is_leased() {
    Queue queue = queue();
    Queue neighbour = queue();
    send(neighbour, aMessage());
    sendAll(queue, aMessage(), aMessage(), aMessage().withDelay(units(20)));
    Delivery leased = receiveOne(queue);

    assertThat(await(provider.purge(queue))).isEqualTo(2);

    pass(21);
    assertNothingIn(queue);
    assertThat(ack(queue, leased)).isEqualTo(Outcome.ACKED);
    assertThat(dead(queue)).isEmpty();
    assertThat(receive(neighbour, 10)).hasSize(1);
  }

  @Test
  void purge_of_an_empty_queue_removes_nothing() {
    assertThat(await(provider.purge(queue()))).isZero();
  }

  @Test
  void purge_of_many_counts_them_all() {
    Queue queue = queue();
    for (int i = 0; i < 6; i++) {
      sendAll(
          queue, IntStream.range(0, 1000).mapToObj(_ -> aMessage()).toArray(MessageBuilder[]::new));
    }

    assertThat(await(provider.purge(queue))).isEqualTo(6000);
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
  }

  @Test
  void purged_groups_go_on_with_the_next_message() {
    needs(Capability.GROUPS);
    Queue queue = queue(aPolicy().orderedByGroup());
    sendAll(queue, aMessage().withGroup("a"), aMessage().withGroup("a"), aMessage().withGroup("b"));
    Delivery head = receiveOne(queue);

    assertThat(await(provider.purge(queue))).isEqualTo(2);

    String group = head.message().content().group();
    send(queue, aMessage("behind").withGroup(group));
    send(queue, aMessage("other").withGroup("c"));
    assertThat(text(receiveOne(queue))).isEqualTo("\"other\"");
    ack(queue, head);
    assertThat(text(receiveOne(queue))).isEqualTo("\"behind\"");
  }

  @Test
  void queue_with_messages_is_removed_only_when_told_so() {
    Queue queue = queue();
    send(queue, aMessage());
    receiveOne(queue);

    assertThat(await(under.queues().remove(queue.name(), Removal.ONLY_EMPTY)))
        .isEqualTo(new Removed.NotEmpty(1));
    assertThat(await(under.queues().remove(queue.name(), Removal.WITH_MESSAGES)))
        .isEqualTo(new Removed.Gone());
  }

  @Test
  void empty_queue_is_not_removed_with_a_message_that_is_sent_meanwhile() {
    needs(Capability.EXACT_REMOVAL);
    for (int round = 0; round < 40; round++) {
      Queue queue = queue();
      CompletableFuture<Removed> removal =
          under.queues().remove(queue.name(), Removal.ONLY_EMPTY).subscribeAsCompletionStage();
      long stored = 0;
      do {
        stored +=
            offer(queue, aMessage().build()).stream()
                .filter(SendOutcome.Stored.class::isInstance)
                .count();
      } while (!removal.isDone() && stored < 10);
      Removed removed = removal.join();

      long left = removed instanceof Removed.Gone ? 0 : receive(queue, 10).size();
      assertThat(left).isEqualTo(stored);
    }
  }

  @Test
  void queue_of_the_same_name_starts_empty() {
    Queue old = queue();
    sendAll(old, aMessage(), aMessage().withDelay(units(9)), aMessage().withDeduplicationId("k"));
    Delivery leased = receiveOne(old);
    await(under.queues().remove(old.name(), Removal.WITH_MESSAGES));

    Defined defined = await(under.queues().define(old.name(), provider.name(), old.policy()));

    Queue fresh = ((Defined.Created) defined).queue();
    assertThat(await(provider.stats(fresh)).inQueue()).isZero();
    assertThat(ack(fresh, leased)).isIn(Outcome.LEASE_LOST, Outcome.UNKNOWN);
    assertThat(ack(old, leased)).isIn(Outcome.LEASE_LOST, Outcome.UNKNOWN);
    pass(31);
    assertNothingIn(fresh);
    assertThat(offer(fresh, aMessage().withDeduplicationId("k").build()).getFirst())
        .isInstanceOf(SendOutcome.Stored.class);
    assertThat(offer(old, aMessage().build())).containsExactly(new SendOutcome.QueueChanged());
    assertThat(receive(fresh, 10)).hasSize(1);
    await(under.queues().remove(fresh.name(), Removal.WITH_MESSAGES));
  }

  @Test
  void receiver_of_a_removed_queue_gets_nothing() {
    Queue queue = queue();
    var answer =
        provider
            .receive(queue, waiting(Duration.ofMillis(200), queue))
            .subscribeAsCompletionStage();

    await(under.queues().remove(queue.name(), Removal.ONLY_EMPTY));

    assertThat(answer.join()).isEqualTo(List.of());
  }
}
