package io.posthaste.provider.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.SqlSession;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.Queues.Defined;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The counts of a queue that holds more than are counted exactly. */
final class CountsTest {
  private final PostgresUnderTest under = PostgresUnderTest.onlyReplica();
  private Queue queue;

  @BeforeEach
  void fill() {
    var defined =
        (Defined.Created)
            await(under.queues().define(new QueueName("q"), "postgres", QueuePolicy.DEFAULT));
    queue = defined.queue();
    run(
        "INSERT INTO ready (queue, priority, due, id, size)"
            + " SELECT %d, 4, now() - interval '1 minute', gen_random_uuid(), 1"
            + " FROM generate_series(1, 11000)");
  }

  @AfterEach
  void close() {
    under.close();
  }

  private void run(String sql) {
    SqlSession.at(under.url()).run(sql.formatted(queue.id()));
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private QueueStats stats() {
    return await(under.provider().stats(queue));
  }

  @Test
  void state_is_exact_at_once_while_another_is_beyond() {
    assertThat(stats().available()).isEqualTo(11_000);

    run(
        "INSERT INTO lease (id, queue, until, messages)"
            + " SELECT gen_random_uuid(), %d, now() + interval '1 hour',"
            + " array_agg(gen_random_uuid()) FROM generate_series(1, 100)");

    assertThat(stats().leased()).isEqualTo(100);
    assertThat(stats().available()).isEqualTo(11_000);
  }

  @Test
  void state_is_exact_at_once_when_it_is_no_longer_beyond() {
    assertThat(stats().available()).isEqualTo(11_000);

    run("DELETE FROM ready WHERE queue = %d");

    assertThat(stats().available()).isZero();
    assertThat(stats().oldestAge()).isNull();
  }
}
