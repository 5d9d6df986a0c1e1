package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.queue.Ordering;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.Queues.Defined;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The counts of all queues, where some of the messages wait for others of their group. */
final class OverviewTest {
  private final PostgresUnderTest under = PostgresUnderTest.twoReplicas();

  @AfterEach
  void close() {
    under.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  @Test
  void counts_messages_behind_others_of_their_group() {
    QueuePolicy standard = QueuePolicy.DEFAULT;
    QueuePolicy ordered =
        new QueuePolicy(
            standard.lease(),
            standard.maxAttempts(),
            standard.retry(),
            standard.retention(),
            standard.onExpiry(),
            Ordering.GROUP,
            standard.deduplicationWindow(),
            standard.maxMessageSize());
    QueueName name = new QueueName("grouped");
    var defined =
        (Defined.Created) await(under.queues().define(name, under.provider().name(), ordered));
    for (int i = 0; i < 3; i++) {
      await(under.provider().send(defined.queue(), List.of(aMessage().withGroup("g").build())));
    }

    QueueStats stats = await(under.provider().overview()).get(name);

    assertThat(stats.available()).isEqualTo(3);
    assertThat(stats.delayed()).isZero();
  }
}
