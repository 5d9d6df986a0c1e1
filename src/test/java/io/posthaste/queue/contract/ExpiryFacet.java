package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Settlement.Outcome;
import java.time.Instant;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

public abstract class ExpiryFacet extends Facet {
  protected ExpiryFacet(ProviderUnderTest under) {
    super(under);
  }

  /** Who cannot look at what is there finds out that it is over when it would hand it out. */
  private void meet(Queue queue) {
    if (!provider.capabilities().contains(Capability.PEEK)) {
      receive(queue, 10).forEach(delivery -> release(queue, delivery));
    }
  }

  private void assertExpired(Queue queue, MessageId id) {
    assertNothingIn(queue);
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
    assertThat(dead(queue)).hasSize(1);
    DeadLetter letter = dead(queue).getFirst();
    assertThat(letter.message().id()).isEqualTo(id);
    assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.EXPIRED);
    assertThat(letter.reason()).isEqualTo("expired");
  }

  @Test
  void message_that_outlives_its_time_is_dead() {
    Queue queue = queue();
    MessageId id = send(queue, aMessage().withTimeToLive(units(20)));

    pass(21);

    assertExpired(queue, id);
    assertThat(dead(queue).getFirst().attempts()).isZero();
    assertThat(dead(queue).getFirst().history()).isEmpty();
  }

  @Test
  void message_is_delivered_until_its_time_is_over() {
    Queue queue = queue();
    send(queue, aMessage().withTimeToLive(units(20)));

    pass(18);

    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void time_to_live_counts_from_the_due_time() {
    Queue queue = queue();
    MessageId id = send(queue, aMessage().withDelay(units(50)).withTimeToLive(units(20)));
    pass(68);
    release(queue, receiveOne(queue));

    pass(3);

    assertExpired(queue, id);
  }

  @Test
  void message_that_outlives_its_queues_retention_is_dead() {
    Queue queue = queue(aPolicy().withRetention(units(40)));
    MessageId id = send(queue, aMessage());
    pass(38);
    assertThat(await(provider.stats(queue)).available()).isEqualTo(1);

    pass(3);

    assertExpired(queue, id);
  }

  @Test
  void retention_counts_from_the_due_time() {
    Queue queue = queue(aPolicy().withRetention(units(40)));
    send(queue, aMessage().withDelay(units(100)));

    pass(138);

    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void retries_do_not_lengthen_retention() {
    Queue queue = queue(aPolicy().withRetention(units(40)));
    MessageId id = send(queue, aMessage());
    pass(30);
    reject(queue, receiveOne(queue), "no");

    pass(11);

    assertExpired(queue, id);
    assertThat(reasons(dead(queue).getFirst())).containsExactly("no");
    assertThat(dead(queue).getFirst().attempts()).isEqualTo(1);
  }

  @Test
  void changed_retention_holds_for_what_is_there() {
    Queue queue = queue(aPolicy().withRetention(units(400)));
    MessageId id = send(queue, aMessage());
    pass(100);

    Queue changed = changed(queue, aPolicy().withRetention(units(50)).build());
    under.upkeep();

    assertExpired(changed, id);
  }

  @Test
  void leased_message_does_not_expire_in_its_receivers_hands() {
    Queue queue = queue();
    send(queue, aMessage().withTimeToLive(units(5)));
    Delivery delivery = receiveOne(queue);

    pass(20);

    assertThat(dead(queue)).isEmpty();
    assertThat(ack(queue, delivery)).isEqualTo(Outcome.ACKED);
  }

  @Test
  void leased_message_expires_when_it_comes_back() {
    Queue queue = queue();
    MessageId id = send(queue, aMessage().withTimeToLive(units(5)));
    Delivery delivery = receiveOne(queue);
    pass(20);

    release(queue, delivery);
    under.upkeep();

    assertExpired(queue, id);
  }

  @Test
  void what_expires_is_dropped_where_the_policy_says_so() {
    Queue queue = queue(aPolicy().withRetention(units(40)).dropsWhatExpires());
    send(queue, aMessage());
    send(queue, aMessage().withTimeToLive(units(10)));

    pass(11);
    meet(queue);
    assertThat(await(provider.stats(queue)).inQueue()).isEqualTo(1);
    pass(30);

    meet(queue);
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
    assertThat(dead(queue)).isEmpty();
    assertNothingIn(queue);
  }

  @Test
  void expired_message_is_not_handed_out_even_before_upkeep_removes_it() {
    Queue queue = queue();
    send(queue, aMessage().withTimeToLive(under.unit().dividedBy(20)));
    Instant end = under.now().plus(under.unit().dividedBy(20));

    Awaitility.await().until(() -> under.now().isAfter(end));

    assertNothingIn(queue);
  }

  @Test
  void many_expire_in_one_go() {
    Queue queue = queue(aPolicy().dropsWhatExpires());
    for (int i = 0; i < 3; i++) {
      sendAll(
          queue,
          IntStream.range(0, 700)
              .mapToObj(j -> aMessage().withTimeToLive(units(30)))
              .toArray(MessageBuilder[]::new));
    }

    pass(60);

    meet(queue);
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
  }
}
