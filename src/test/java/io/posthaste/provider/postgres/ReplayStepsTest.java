package io.posthaste.provider.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.SqlSession;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.Replay;
import io.posthaste.message.MessageId;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How replays share the steps that are done. */
final class ReplayStepsTest {
  private static final Optional<Double> AT_ONCE = Optional.empty();

  private final PostgresUnderTest under = PostgresUnderTest.onlyReplica();
  private final ReplaySteps steps = under.replaySteps();

  @BeforeEach
  void create_queue() {
    await(under.queues().define(new QueueName("q"), "postgres", QueuePolicy.DEFAULT));
  }

  @AfterEach
  void close() {
    under.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private Replay started(Optional<Double> rate, int letters) {
    List<MessageId> ids =
        Stream.generate(() -> new MessageId(UUID.randomUUID())).limit(letters).toList();
    ids.forEach(this::die);
    return await(
        under
            .replays()
            .start(
                new Replay.Order(
                    DeadLetterFilter.ofIds(ids), Optional.empty(), rate, Optional.empty())));
  }

  private void die(MessageId id) {
    SqlSession.at(under.url())
        .run(
            "INSERT INTO dead_letter (id, queue, class, reason, attempts, died_at, enqueued_at, priority, payload)"
                + " VALUES ('%s', 'q', 'poison', 'boom', 1, now() - interval '1 hour', now(), 4, '1')"
                    .formatted(id));
  }

  /** All steps that can be done now. */
  private void step() {
    try {
      while (steps.step().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS)) {
        // There may be more
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Replay now(Replay replay) {
    return await(under.replays().find(replay.id())).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-14, 1e-300, Double.MIN_VALUE})
  void tiny_rate_holds_up_nobody_else(double rate) {
    Replay slow = started(Optional.of(rate), 2);
    step();
    Replay next = started(AT_ONCE, 1);

    step();

    assertThat(now(next).finishedAt()).isPresent();
    assertThat(now(slow).replayed()).isEqualTo(1);
    under.pass(Duration.ofDays(1));
    step();
    assertThat(now(slow).finishedAt()).isPresent();
  }

  @Test
  void replay_that_fails_holds_up_nobody_else_and_goes_on_once_it_can() {
    Replay failing = started(AT_ONCE, 1);
    SqlSession database = SqlSession.at(under.url());
    database.run("UPDATE replay SET patch = 'no JSON'");
    Replay next = started(AT_ONCE, 1);

    step();

    assertThat(now(next).finishedAt()).isPresent();
    assertThat(now(failing).finishedAt()).isEmpty();
    database.run("UPDATE replay SET patch = NULL");
    under.pass(Duration.ofSeconds(1));
    step();
    assertThat(now(failing).finishedAt()).isPresent();
  }

  @Test
  void replay_with_a_rate_is_done_with_its_last_message() {
    Replay slow = started(Optional.of(0.1), 2);
    step();
    assertThat(now(slow).finishedAt()).isEmpty();

    under.pass(Duration.ofSeconds(10));
    step();

    assertThat(now(slow).replayed()).isEqualTo(2);
    assertThat(now(slow).finishedAt()).isPresent();
  }
}
