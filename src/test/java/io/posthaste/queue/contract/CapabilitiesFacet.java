package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.Queues.Removal;
import io.posthaste.queue.Queues.Removed;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a provider does not declare it does not do: each absence is asserted here. */
public abstract class CapabilitiesFacet extends Facet {
  protected CapabilitiesFacet(ProviderUnderTest under) {
    super(under);
  }

  private void lacks(Capability capability) {
    assumeFalse(provider.capabilities().contains(capability), "has " + capability);
  }

  @Test
  void provider_has_a_name_and_answers() {
    assertThat(provider.name()).matches("[a-z]+");
    assertThat(under.replica().name()).isEqualTo(provider.name());
    assertThat(under.replica().capabilities()).isEqualTo(provider.capabilities());
    assertThat(await(provider.reachable())).isTrue();
  }

  @Test
  void queue_of_an_unknown_provider_is_not_defined() {
    assertThat(await(under.queues().define(new QueueName("nowhere"), "none", aPolicy().build())))
        .isEqualTo(new Defined.UnknownProvider("none"));
  }

  @Test
  void without_groups_no_queue_orders_by_them() {
    lacks(Capability.GROUPS);

    assertThat(
            await(
                under
                    .queues()
                    .define(
                        new QueueName("unordered"),
                        provider.name(),
                        aPolicy().orderedByGroup().build())))
        .isEqualTo(new Defined.Unsupported(provider.name(), Capability.GROUPS));
  }

  @Test
  void without_peek_nothing_is_shown() {
    lacks(Capability.PEEK);
    Queue queue = queue();
    MessageId id = send(queue, aMessage());

    assertThatThrownBy(() -> await(provider.peek(queue, Optional.empty(), 1)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> await(provider.find(queue, id)))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void without_peek_delayed_nothing_is_shown_either() {
    lacks(Capability.PEEK_DELAYED);
    Queue queue = queue();
    send(queue, aMessage().withDelay(units(50)));

    assertThatThrownBy(() -> await(provider.peek(queue, Optional.of(MessageState.DELAYED), 1)))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void who_peeks_at_all_peeks_at_what_is_delayed() {
    assumeTrue(provider.capabilities().contains(Capability.PEEK), "no PEEK");

    assertThat(provider.capabilities()).contains(Capability.PEEK_DELAYED);
  }

  @Test
  void without_exact_removal_a_queue_with_messages_stays_all_the_same() {
    lacks(Capability.EXACT_REMOVAL);
    Queue queue = queue();
    send(queue, aMessage());

    assertThat(await(under.queues().remove(queue.name(), Removal.ONLY_EMPTY)))
        .isEqualTo(new Removed.NotEmpty(1));
    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void without_reschedule_nothing_is_changed() {
    lacks(Capability.RESCHEDULE);
    Queue queue = queue();
    MessageId id = send(queue, aMessage());

    assertThatThrownBy(() -> await(provider.reschedule(queue, id, Due.NOW)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> await(provider.cancel(queue, id)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(receive(queue, 1)).hasSize(1);
  }

  @Test
  void without_priority_it_is_carried_all_the_same() {
    lacks(Capability.PRIORITY);
    Queue queue = queue();

    send(queue, aMessage().withPriority(7));

    assertThat(receiveOne(queue).message().content().priority()).isEqualTo(7);
  }
}
