package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Waiting is measured by the receiver's own clock, so some of these tests take real time. */
public abstract class LongPollFacet extends Facet {
  private static final Duration LONG = Duration.ofSeconds(15);

  /** Well below the interval of any regular look at the broker: only a word can be so fast. */
  private static final Duration PROMPTLY = Duration.ofSeconds(3);

  protected LongPollFacet(ProviderUnderTest under) {
    super(under);
  }

  private CompletableFuture<List<Delivery>> poll(QueueProvider at, Queue queue, Duration wait) {
    CompletableFuture<List<Delivery>> answer =
        at.receive(queue, waiting(wait, queue)).subscribeAsCompletionStage().toCompletableFuture();
    // Several looks of others later, this one surely waits
    IntStream.range(0, 3).forEach(_ -> await(at.receive(queue, upTo(1, queue))));
    return answer;
  }

  private static Delivery prompt(CompletableFuture<List<Delivery>> answer) {
    List<Delivery> deliveries = answer.orTimeout(PROMPTLY.toMillis(), TimeUnit.MILLISECONDS).join();
    assertThat(deliveries).hasSize(1);
    return deliveries.getFirst();
  }

  @Test
  void send_wakes_a_waiting_receiver() {
    Queue queue = queue();
    var answer = poll(provider, queue, LONG);
    assertThat(answer).isNotDone();

    MessageId id = send(queue, aMessage());

    assertThat(id(prompt(answer))).isEqualTo(id);
  }

  @Test
  void send_by_another_replica_wakes_a_waiting_receiver() {
    Queue queue = queue();
    var answer = poll(under.replica(), queue, LONG);

    MessageId id = send(queue, aMessage());

    assertThat(id(prompt(answer))).isEqualTo(id);
  }

  @Test
  void receiver_waits_no_longer_when_there_is_something() {
    Queue queue = queue();
    send(queue, aMessage());

    assertThat(prompt(poll(provider, queue, LONG)).attempt()).isEqualTo(1);
  }

  @Test
  void delayed_message_wakes_a_waiting_receiver_when_due_and_not_before() {
    Queue queue = queue();
    var answer = poll(provider, queue, LONG);
    Instant due = under.now().plus(Duration.ofMillis(400));

    send(queue, aMessage().dueAt(due));

    prompt(answer);
    assertThat(under.now()).isAfterOrEqualTo(due);
  }

  @Test
  void delayed_message_that_was_there_before_wakes_a_receiver_when_due() {
    Queue queue = queue();
    Instant due = under.now().plus(Duration.ofMillis(600));
    send(queue, aMessage().dueAt(due));

    prompt(poll(under.replica(), queue, LONG));

    assertThat(under.now()).isAfterOrEqualTo(due);
  }

  @Test
  void released_and_rejected_messages_wake_a_waiting_receiver() {
    Queue queue = queue();
    send(queue, aMessage());
    Delivery delivery = receiveOne(queue);
    var answer = poll(provider, queue, LONG);
    release(queue, delivery);
    Delivery again = prompt(answer);

    var other = poll(under.replica(), queue, LONG);
    reject(queue, again, "no");

    assertThat(prompt(other).attempt()).isEqualTo(2);
  }

  @Test
  void lease_that_runs_out_wakes_a_waiting_receiver() {
    Queue queue = queue();
    send(queue, aMessage());
    receiveOne(queue);
    var answer = poll(provider, queue, LONG);

    pass(31);

    assertThat(prompt(answer).attempt()).isEqualTo(2);
  }

  @Test
  void next_of_a_group_wakes_a_waiting_receiver() {
    needs(Capability.GROUPS);
    Queue queue = queue(aPolicy().orderedByGroup());
    sendAll(queue, aMessage("1").withGroup("g"), aMessage("2").withGroup("g"));
    Delivery head = receiveOne(queue);
    var answer = poll(under.replica(), queue, LONG);

    ack(queue, head);

    assertThat(text(prompt(answer))).isEqualTo("\"2\"");
  }

  @Test
  void wait_ends_empty() {
    Queue queue = queue();
    long began = System.nanoTime();

    List<Delivery> deliveries =
        await(provider.receive(queue, waiting(Duration.ofMillis(300), queue)));

    assertThat(deliveries).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(295), PROMPTLY);
  }

  @Test
  void message_that_comes_after_the_wait_stays() {
    Queue queue = queue();
    await(provider.receive(queue, waiting(Duration.ofMillis(50), queue)));

    send(queue, aMessage());

    assertThat(receiveOne(queue).attempt()).isEqualTo(1);
  }

  @Test
  void each_message_goes_to_one_of_those_who_wait() {
    Queue queue = queue();
    List<CompletableFuture<List<Delivery>>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(poll(i % 2 == 0 ? provider : under.replica(), queue, LONG));
    }

    List<MessageId> sent = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      sent.add(send(queue, aMessage("m" + i)));
    }

    assertThat(answers.stream().map(LongPollFacet::prompt).map(Facet::id))
        .containsExactlyInAnyOrderElementsOf(sent);
  }

  @Test
  void cancelled_receiver_takes_nothing() {
    Queue queue = queue();
    for (int i = 0; i < 10; i++) {
      poll(i % 2 == 0 ? provider : under.replica(), queue, LONG).cancel(true);
    }

    MessageId id = send(queue, aMessage());

    // Whatever was on its way to them comes back
    List<Delivery> deliveries = await(provider.receive(queue, waiting(PROMPTLY, queue)));
    assertThat(ids(deliveries)).containsExactly(id);
    if (provider.capabilities().contains(Capability.DURABLE_LEASES)) {
      // Where leases hang on a connection, a delivery that nobody took may count: see providers.md
      assertThat(deliveries.getFirst().attempt()).isEqualTo(1);
    }
  }

  @Test
  void receiver_that_is_cancelled_while_a_message_comes_gives_it_back() {
    Queue queue = queue();
    for (int round = 0; round < 20; round++) {
      var leaving = poll(provider, queue, LONG);
      var sent =
          under.replica().send(queue, List.of(aMessage().build())).subscribeAsCompletionStage();
      var brief = provider.receive(queue, upTo(1, queue)).subscribeAsCompletionStage();
      brief.cancel(true);
      leaving.cancel(true);
      sent.join();
      // A broker may be so fast that the message was there first
      Stream.of(brief, leaving)
          .filter(answer -> !answer.isCancelled())
          .flatMap(answer -> answer.join().stream())
          .forEach(delivery -> release(queue, delivery));

      // Whoever took it is gone: it comes to the next who waits, with the attempt given back
      Awaitility.await()
          .atMost(PROMPTLY)
          .untilAsserted(() -> assertThat(await(provider.stats(queue)).leased()).isZero());
      Delivery delivery = prompt(poll(provider, queue, LONG));
      assertThat(delivery.attempt()).isEqualTo(1);
      settle(queue, new Settlement.Ack(delivery.receipt()));
    }
  }

  @Test
  void receivers_of_many_queues_wait_at_once() {
    List<Queue> queues = IntStream.range(0, 100).mapToObj(i -> queue()).toList();
    List<CompletableFuture<List<Delivery>>> answers =
        queues.stream()
            .map(
                queue ->
                    provider
                        .receive(queue, new ReceiveRequest(10, queue.policy().lease(), LONG))
                        .subscribeAsCompletionStage()
                        .toCompletableFuture())
            .toList();

    List<MessageId> sent = queues.stream().map(queue -> send(queue, aMessage())).toList();

    assertThat(answers.stream().map(LongPollFacet::prompt).map(Facet::id))
        .containsExactlyElementsOf(sent);
  }
}
