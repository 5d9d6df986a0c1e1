package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.RetryPolicy;
import io.posthaste.queue.Settlement.Outcome;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

public abstract class RetryingFacet extends Facet {
  protected RetryingFacet(ProviderUnderTest under) {
    super(under);
  }

  @Test
  void without_a_strategy_retries_come_at_once() {
    assertBackoffs(new RetryPolicy.None(), 0, 0, 0);
  }

  @Test
  void fixed_backoff_stays_the_same() {
    assertBackoffs(new RetryPolicy.Fixed(units(20), 0), 20, 20, 20);
  }

  @Test
  void linear_backoff_grows_by_its_first_up_to_the_longest() {
    assertBackoffs(new RetryPolicy.Linear(units(10), units(25), 0), 10, 20, 25, 25);
  }

  @Test
  void exponential_backoff_multiplies_up_to_the_longest() {
    assertBackoffs(new RetryPolicy.Exponential(units(10), units(60), 2, 0), 10, 20, 40, 60, 60);
  }

  @Test
  void listed_backoffs_come_in_turn_and_the_last_repeats() {
    assertBackoffs(
        new RetryPolicy.Listed(List.of(units(10), units(5), units(30)), 0), 10, 5, 30, 30);
  }

  private void assertBackoffs(RetryPolicy retry, int... units) {
    Queue queue = queue(aPolicy().withRetry(retry).withMaxAttempts(units.length + 1));
    MessageId id = send(queue, aMessage());
    for (int failed = 0; failed < units.length; failed++) {
      Delivery delivery = receiveOne(queue);
      assertThat(delivery.attempt()).isEqualTo(failed + 1);
      assertThat(reject(queue, delivery, "no " + failed)).isEqualTo(Outcome.REJECTED);
      if (units[failed] > 0) {
        pass(units[failed] - 2);
        assertNothingIn(queue);
        pass(2);
      }
    }
    Delivery last = receiveOne(queue);
    assertThat(id(last)).isEqualTo(id);
    assertThat(ack(queue, last)).isEqualTo(Outcome.ACKED);
  }

  @Test
  void jittered_backoff_stays_in_its_bounds() {
    Queue queue = queue(aPolicy().withRetry(new RetryPolicy.Fixed(units(20), 0.5)));
    sendAll(queue, IntStream.range(0, 50).mapToObj(i -> aMessage()).toArray(MessageBuilder[]::new));
    receive(queue, 50).forEach(delivery -> reject(queue, delivery, "no"));

    // Rejecting fifty takes a moment of its own
    pass(7);
    assertNothingIn(queue);
    pass(12);
    int some = receive(queue, 50).size();
    assertThat(some).isBetween(5, 45);
    pass(12);
    assertThat(receive(queue, 50)).hasSize(50 - some);
  }

  @Test
  void message_is_dead_after_exactly_the_most_attempts() {
    Queue queue = queue(aPolicy().withMaxAttempts(3));
    MessageId id = send(queue, aMessage("a"));
    reject(queue, receiveOne(queue), "first");
    reject(queue, receiveOne(queue), "second");
    Delivery last = receiveOne(queue);
    assertThat(last.attempt()).isEqualTo(3);
    assertThat(dead(queue)).isEmpty();

    assertThat(reject(queue, last, "third")).isEqualTo(Outcome.DEAD);

    pass(31);
    assertNothingIn(queue);
    DeadLetter letter = dead(queue).getFirst();
    assertThat(letter.message().id()).isEqualTo(id);
    assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.RETRIES_EXHAUSTED);
    assertThat(letter.reason()).isEqualTo("third");
    assertThat(letter.attempts()).isEqualTo(3);
    assertThat(reasons(letter)).containsExactly("first", "second", "third");
  }

  @Test
  void single_attempt_means_dead_at_the_first_failure() {
    Queue queue = queue(aPolicy().withMaxAttempts(1));
    send(queue, aMessage());

    assertThat(reject(queue, receiveOne(queue), "no")).isEqualTo(Outcome.DEAD);
  }

  @Test
  void lease_that_runs_out_is_a_failed_attempt() {
    Queue queue = queue(aPolicy().withMaxAttempts(2));
    send(queue, aMessage());
    reject(queue, receiveOne(queue), "no");
    assertThat(receiveOne(queue).attempt()).isEqualTo(2);

    pass(31);

    assertNothingIn(queue);
    DeadLetter letter = dead(queue).getFirst();
    assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.LEASE_EXPIRED);
    assertThat(letter.reason()).isEqualTo("lease expired");
    assertThat(letter.attempts()).isEqualTo(2);
    assertThat(reasons(letter)).containsExactly("no", "lease expired");
  }

  @Test
  void lease_that_runs_out_backs_off_like_a_reject() {
    Queue queue = queue(aPolicy().withRetry(new RetryPolicy.Fixed(units(20), 0)));
    send(queue, aMessage());
    receiveOne(queue);

    pass(31);

    assertNothingIn(queue);
    pass(21);
    assertThat(receiveOne(queue).attempt()).isEqualTo(2);
  }

  @Test
  void release_gives_the_attempt_back() {
    Queue queue = queue(aPolicy().withMaxAttempts(2));
    send(queue, aMessage());
    reject(queue, receiveOne(queue), "first");
    Delivery second = receiveOne(queue);
    assertThat(second.attempt()).isEqualTo(2);

    release(queue, second);

    Delivery again = receiveOne(queue);
    assertThat(again.attempt()).isEqualTo(2);
    assertThat(reject(queue, again, "last")).isEqualTo(Outcome.DEAD);
    assertThat(reasons(dead(queue).getFirst())).containsExactly("first", "last");
  }

  @Test
  void change_of_policy_counts_from_the_next_failure_on() {
    Queue queue = queue(aPolicy().withMaxAttempts(5));
    send(queue, aMessage());
    reject(queue, receiveOne(queue), "first");
    Delivery second = receiveOne(queue);

    Queue changed = changed(queue, aPolicy().withMaxAttempts(2).build());

    assertThat(reject(changed, second, "second")).isEqualTo(Outcome.DEAD);
  }

  @Test
  void acked_message_leaves_no_history_behind() {
    Queue queue = queue(aPolicy().withMaxAttempts(2));
    send(queue, aMessage());
    reject(queue, receiveOne(queue), "no");

    ack(queue, receiveOne(queue));

    assertThat(dead(queue)).isEmpty();
    assertThat(await(provider.stats(queue)).inQueue()).isZero();
  }
}
