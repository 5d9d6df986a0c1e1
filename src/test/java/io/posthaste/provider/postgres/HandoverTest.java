package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Delivery;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.ReceiveRequest.Handover;
import io.posthaste.queue.Recipient;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deliveries whose replica dies before it has written them, as a replica that starts then sees. */
final class HandoverTest {
  private static final Duration TOO_LATE = Handovers.CONFIRM_WITHIN.plusMillis(1);

  private final PostgresUnderTest under = PostgresUnderTest.twoReplicas();
  private final QueueProvider dying = under.provider();
  private final QueueProvider other = under.replica();
  private final Queue queue = define("handed");

  @AfterEach
  void close() {
    under.close();
  }

  private Queue define(String name) {
    under.awaitConfirming();
    Defined defined =
        await(under.queues().define(new QueueName(name), dying.name(), QueuePolicy.DEFAULT));
    return ((Defined.Created) defined).queue();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private void send(int messages) {
    for (int i = 0; i < messages; i++) {
      await(dying.send(queue, List.of(aMessage().build())));
    }
  }

  private static List<Delivery> receive(QueueProvider provider, Queue queue) {
    return await(
        provider.receive(
            queue,
            new ReceiveRequest(10, Duration.ofMinutes(5), Duration.ZERO, Handover.ANNOUNCED)));
  }

  @Test
  void what_was_never_handed_over_comes_back_with_its_attempt() {
    send(3);
    List<Delivery> lost = receive(dying, queue);

    under.pass(TOO_LATE);

    assertThat(receive(other, queue)).hasSize(3).extracting(Delivery::attempt).containsOnly(1);
    assertThat(await(other.settle(queue, acks(lost)))).containsOnly(Outcome.LEASE_LOST);
  }

  @Test
  void what_was_handed_over_stays_with_its_receiver() {
    send(3);
    List<Delivery> held = receive(dying, queue);

    await(dying.handOver(queue, held, new Reader(false)));
    under.pass(TOO_LATE);

    assertThat(receive(other, queue)).isEmpty();
    assertThat(await(other.settle(queue, acks(held)))).containsOnly(Outcome.ACKED);
  }

  @Test
  void what_nobody_is_there_to_read_comes_back_with_its_attempt() {
    send(1);

    await(dying.handOver(queue, receive(dying, queue), new Reader(true)));

    List<Delivery> again =
        Awaitility.await().until(() -> receive(other, queue), found -> !found.isEmpty());
    assertThat(again).extracting(Delivery::attempt).containsExactly(1);
  }

  @Test
  void settling_a_part_proves_that_the_rest_was_handed_over_too() {
    send(3);
    List<Delivery> held = receive(dying, queue);

    await(other.settle(queue, acks(held.subList(0, 1))));
    under.pass(TOO_LATE);

    assertThat(await(other.settle(queue, acks(held.subList(1, 3))))).containsOnly(Outcome.ACKED);
  }

  @Test
  void extending_proves_that_all_was_handed_over() {
    send(1);
    List<Delivery> held = receive(dying, queue);

    await(
        other.settle(
            queue,
            List.of(new Settlement.Extend(held.getFirst().receipt(), Duration.ofMinutes(10)))));
    under.pass(TOO_LATE);

    assertThat(await(other.settle(queue, acks(held)))).containsOnly(Outcome.ACKED);
  }

  private record Reader(boolean gone) implements Recipient {
    @Override
    public void prepare() {}

    @Override
    public void send() {}
  }

  private static List<Settlement> acks(List<Delivery> deliveries) {
    return deliveries.stream()
        .<Settlement>map(delivery -> new Settlement.Ack(delivery.receipt()))
        .toList();
  }
}
