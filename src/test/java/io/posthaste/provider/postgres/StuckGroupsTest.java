package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.SqlSession;
import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Ordering;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Settlement;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Groups of a queue of which a replica has not heard that it has come to order by group. */
final class StuckGroupsTest {
  private static final Duration LEASE = Duration.ofMinutes(5);

  private final PostgresUnderTest under = PostgresUnderTest.twoReplicas();
  private final QueueProvider provider = under.provider();
  private final SqlSession session = SqlSession.at(under.url());
  private final Queue before = define(Ordering.NONE);
  private final Queue queue = define(Ordering.GROUP);

  @AfterEach
  void close() {
    under.close();
  }

  private Queue define(Ordering ordering) {
    QueuePolicy standard = QueuePolicy.DEFAULT;
    QueuePolicy policy =
        new QueuePolicy(
            standard.lease(),
            standard.maxAttempts(),
            standard.retry(),
            standard.retention(),
            standard.onExpiry(),
            ordering,
            standard.deduplicationWindow(),
            standard.maxMessageSize());
    return switch (await(under.queues().define(new QueueName("q"), provider.name(), policy))) {
      case Defined.Created(var created) -> created;
      case Defined.Changed(var changed) -> changed;
      case Defined other -> throw new AssertionError(other);
    };
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private MessageId send(String group) {
    NewMessage message = aMessage().withGroup(group).build();
    await(provider.send(queue, List.of(message)));
    return message.id();
  }

  private List<MessageId> receive() {
    return receive(provider).stream().map(delivery -> delivery.message().id()).toList();
  }

  private List<Delivery> receive(QueueProvider from) {
    return await(from.receive(queue, new ReceiveRequest(1000, LEASE, Duration.ZERO)));
  }

  private String ready() {
    return session.query("SELECT count(*) FROM ready");
  }

  /** As a replica leaves it that dies between its ack and the step that follows. */
  private void ackAndDie(Delivery delivery) {
    session.run("DELETE FROM lease; DELETE FROM message WHERE id = '%s'".formatted(id(delivery)));
  }

  private static MessageId id(Delivery delivery) {
    return delivery.message().id();
  }

  @Test
  void group_whose_first_was_acked_by_a_replica_that_died_goes_on() {
    send("g");
    MessageId next = send("g");
    send("g");
    ackAndDie(receive(provider).getFirst());

    under.upkeep();

    assertThat(receive()).containsExactly(next);
  }

  @Test
  void any_number_of_groups_goes_on() {
    int groups = 1200;
    await(
        provider.send(
            queue,
            IntStream.range(0, groups)
                .mapToObj(i -> aMessage().withGroup("g" + i).build())
                .toList()));
    session.run("DELETE FROM ready");

    under.upkeep();

    assertThat(ready()).isEqualTo(String.valueOf(groups));
  }

  @Test
  void groups_that_wait_for_their_first_are_left_alone() {
    send("leased");
    send("leased");
    Delivery held = receive(provider).getFirst();
    await(
        provider.send(
            queue,
            List.of(aMessage().withGroup("delayed").withDelay(Duration.ofHours(1)).build())));
    send("delayed");

    under.upkeep();

    assertThat(ready()).isEqualTo("1");
    assertThat(receive()).isEmpty();
    await(provider.settle(queue, List.of(new Settlement.Ack(held.receipt()))));
    assertThat(receive()).hasSize(1);
  }

  @Test
  void purge_by_a_replica_that_has_not_heard_leaves_nothing_behind() {
    send("g");
    send("g");
    send("other");

    assertThat(await(under.replica().purge(before))).isEqualTo(3);

    assertThat(session.query("SELECT count(*) FROM message")).isEqualTo("0");
  }
}
