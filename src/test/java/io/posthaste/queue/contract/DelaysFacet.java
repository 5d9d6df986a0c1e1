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
import io.posthaste.queue.RetryPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

public abstract class DelaysFacet extends Facet {
  protected DelaysFacet(ProviderUnderTest under) {
    super(under);
  }

  @Test
  void delayed_message_is_not_early() {
    Queue queue = queue();
    send(queue, aMessage().withDelay(units(20)));

    pass(18);
    assertNothingIn(queue);
    pass(2);
    assertThat(receiveOne(queue).attempt()).isEqualTo(1);
  }

  @Test
  void message_is_due_at_its_moment() {
    Queue queue = queue();
    send(queue, aMessage().dueAt(under.now().plus(units(20))));

    pass(18);
    assertNothingIn(queue);
    pass(2);
    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void moment_in_the_past_means_at_once() {
    Queue queue = queue();

    send(queue, aMessage().dueAt(under.now().minus(Duration.ofDays(400))));

    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void longest_delay_is_kept() {
    Queue queue = queue();
    send(queue, aMessage().withDelay(Due.MAX_DELAY));

    assertNothingIn(queue);
    assertThat(await(provider.stats(queue)).delayed()).isEqualTo(1);
  }

  @Test
  void delayed_message_does_not_hold_up_others() {
    Queue queue = queue();
    send(queue, aMessage("later").withDelay(units(20)));
    send(queue, aMessage("now"));

    assertThat(text(receiveOne(queue))).isEqualTo("\"now\"");
  }

  @Test
  void delayed_message_can_be_brought_forward_and_put_off() {
    needs(Capability.RESCHEDULE);
    Queue queue = queue();
    MessageId forward = send(queue, aMessage("forward").withDelay(units(100)));
    MessageId off = send(queue, aMessage("off").withDelay(units(10)));

    assertThat(await(provider.reschedule(queue, forward, Due.NOW)))
        .isEqualTo(ChangeOutcome.CHANGED);
    assertThat(await(provider.reschedule(queue, off, new Due.At(under.now().plus(units(40))))))
        .isEqualTo(ChangeOutcome.CHANGED);

    Delivery brought = receiveSoon(queue);
    assertThat(text(brought)).isEqualTo("\"forward\"");
    ack(queue, brought);
    pass(20);
    assertNothingIn(queue);
    pass(21);
    assertThat(text(receiveOne(queue))).isEqualTo("\"off\"");
  }

  @Test
  void available_message_can_be_put_off() {
    needs(Capability.RESCHEDULE);
    needs(Capability.PEEK);
    Queue queue = queue();
    MessageId id = send(queue, aMessage());

    await(provider.reschedule(queue, id, new Due.After(units(20))));

    assertNothingIn(queue);
    pass(21);
    assertThat(id(receiveOne(queue))).isEqualTo(id);
  }

  @Test
  void leased_message_is_neither_rescheduled_nor_cancelled() {
    needs(Capability.RESCHEDULE);
    Queue queue = queue();
    MessageId id = send(queue, aMessage());
    var delivery = receiveOne(queue);

    // Who cannot look at what is there cannot tell that it is leased
    ChangeOutcome leased =
        provider.capabilities().contains(Capability.PEEK)
            ? ChangeOutcome.LEASED
            : ChangeOutcome.NOT_FOUND;
    assertThat(await(provider.reschedule(queue, id, Due.NOW))).isEqualTo(leased);
    assertThat(await(provider.cancel(queue, id))).isEqualTo(leased);

    assertNothingIn(queue);
    ack(queue, delivery);
    assertThat(await(provider.reschedule(queue, id, Due.NOW))).isEqualTo(ChangeOutcome.NOT_FOUND);
    assertThat(await(provider.cancel(queue, id))).isEqualTo(ChangeOutcome.NOT_FOUND);
  }

  @Test
  void message_of_another_queue_is_not_found() {
    needs(Capability.RESCHEDULE);
    Queue queue = queue();
    Queue other = queue();
    MessageId id = send(queue, aMessage());

    assertThat(await(provider.reschedule(other, id, new Due.After(units(9)))))
        .isEqualTo(ChangeOutcome.NOT_FOUND);
    assertThat(await(provider.cancel(other, id))).isEqualTo(ChangeOutcome.NOT_FOUND);

    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void cancelled_message_is_gone() {
    needs(Capability.RESCHEDULE);
    Queue queue = queue();
    MessageId delayed = send(queue, aMessage().withDelay(units(10)));

    assertThat(await(provider.cancel(queue, delayed))).isEqualTo(ChangeOutcome.CHANGED);

    pass(11);
    assertNothingIn(queue);
    assertThat(dead(queue)).isEmpty();
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
  }

  @Test
  void available_message_can_be_cancelled() {
    needs(Capability.RESCHEDULE);
    needs(Capability.PEEK);
    Queue queue = queue();
    MessageId available = send(queue, aMessage());

    assertThat(await(provider.cancel(queue, available))).isEqualTo(ChangeOutcome.CHANGED);

    assertNothingIn(queue);
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
  }

  @Test
  void rescheduled_message_lives_as_long_from_its_new_time_on() {
    needs(Capability.RESCHEDULE);
    Queue queue = queue();
    MessageId id = send(queue, aMessage().withDelay(units(1)).withTimeToLive(units(20)));

    await(provider.reschedule(queue, id, new Due.After(units(50))));

    pass(68);
    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void message_rescheduled_in_its_backoff_lives_as_long_from_its_new_time_on() {
    needs(Capability.RESCHEDULE);
    Queue queue = queue(aPolicy().withRetry(new RetryPolicy.Fixed(units(10), 0)));
    MessageId id = send(queue, aMessage().withTimeToLive(units(20)));
    reject(queue, receiveOne(queue), "no");

    await(provider.reschedule(queue, id, new Due.After(units(50))));

    pass(67);
    assertThat(receive(queue, 1)).hasSize(1);
    pass(31);
    assertNothingIn(queue);
    assertThat(dead(queue))
        .allSatisfy(it -> assertThat(it.deadLetterClass()).isEqualTo(DeadLetterClass.EXPIRED));
  }

  @Test
  void rescheduling_keeps_the_attempts() {
    needs(Capability.RESCHEDULE);
    Queue queue = queue(aPolicy().withRetry(new RetryPolicy.Fixed(units(100), 0)));
    MessageId id = send(queue, aMessage());
    reject(queue, receiveOne(queue), "no");

    await(provider.reschedule(queue, id, Due.NOW));

    assertThat(receiveSoon(queue).attempt()).isEqualTo(2);
  }
}
