package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Delivery;
import io.posthaste.queue.Capability;
import io.posthaste.queue.Queue;
import java.util.List;
import org.junit.jupiter.api.Test;

public abstract class PriorityFacet extends Facet {
  protected PriorityFacet(ProviderUnderTest under) {
    super(under);
  }

  private static List<Integer> priorities(List<Delivery> deliveries) {
    return deliveries.stream().map(it -> it.message().content().priority()).toList();
  }

  @Test
  void greater_priority_is_handed_out_first() {
    needs(Capability.PRIORITY);
    Queue queue = queue();
    sendAll(
        queue,
        aMessage().withPriority(3),
        aMessage(),
        aMessage().withPriority(9),
        aMessage().withPriority(5));

    assertThat(priorities(List.of(receiveOne(queue)))).containsExactly(9);
    assertThat(priorities(receive(queue, 10))).containsExactly(5, 3, 0);
  }

  @Test
  void priority_counts_in_among_what_is_available_only() {
    needs(Capability.PRIORITY);
    Queue queue = queue();
    sendAll(queue, aMessage().withPriority(9).withDelay(units(20)), aMessage());

    assertThat(priorities(receive(queue, 10))).containsExactly(0);
    pass(21);
    assertThat(priorities(receive(queue, 10))).containsExactly(9);
  }

  @Test
  void later_message_of_greater_priority_goes_first_again_and_again() {
    needs(Capability.PRIORITY);
    Queue queue = queue();
    sendAll(queue, aMessage().withPriority(1), aMessage().withPriority(1));
    receiveOne(queue);
    for (int priority = 2; priority < 10; priority++) {
      send(queue, aMessage().withPriority(priority));
      assertThat(priorities(List.of(receiveOne(queue)))).containsExactly(priority);
    }
    assertThat(priorities(List.of(receiveOne(queue)))).containsExactly(1);
  }

  @Test
  void equal_priorities_go_oldest_due_first() {
    // Who can show what comes next has an order
    needs(Capability.PEEK);
    Queue queue = queue();
    sendAll(queue, aMessage("late").withDelay(units(9)), aMessage("early").withDelay(units(3)));
    pass(10);

    assertThat(receive(queue, 2).stream().map(Facet::text))
        .containsExactly("\"early\"", "\"late\"");
  }

  @Test
  void priority_survives_a_retry() {
    needs(Capability.PRIORITY);
    Queue queue = queue();
    sendAll(queue, aMessage().withPriority(7), aMessage());
    reject(queue, receiveOne(queue), "no");

    assertThat(priorities(receive(queue, 10))).containsExactly(7, 0);
  }
}
