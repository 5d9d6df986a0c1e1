package io.posthaste.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class MergerTest {
  private final List<Statement> statements = new ArrayList<>();
  private final List<Integer> merged = new ArrayList<>();
  private final Merger<Request, String> merger = merger(1);

  private record Request(String name, int messages, int bytes) implements Merger.Weighted {}

  /** A statement under way; the test ends it. */
  private record Statement(List<Request> requests, Promise<List<String>> answer) {
    List<String> names() {
      return requests.stream().map(Request::name).toList();
    }

    void succeed() {
      answer.complete(names().stream().map(name -> name + "!").toList());
    }
  }

  private Merger<Request, String> merger(int slots) {
    return new Merger<>("test", slots, (_, requests, _) -> merged.add(requests), this::run);
  }

  private Future<List<String>> run(List<Request> requests) {
    Statement statement = new Statement(requests, Promise.promise());
    statements.add(statement);
    return statement.answer().future();
  }

  private static CompletableFuture<String> submit(Merger<Request, String> to, String name) {
    return submit(to, new Request(name, 1, 100));
  }

  private static CompletableFuture<String> submit(Merger<Request, String> to, Request request) {
    return to.submit(request).subscribeAsCompletionStage().toCompletableFuture();
  }

  @Test
  void idle_merger_runs_a_request_at_once() {
    CompletableFuture<String> answer = submit(merger, "a");

    assertThat(statements).hasSize(1);
    statements.getFirst().succeed();
    assertThat(answer).isCompletedWithValue("a!");
    assertThat(merger.flying()).isZero();
  }

  @Test
  void requests_that_come_meanwhile_share_the_next_statement() {
    submit(merger, "a");
    CompletableFuture<String> b = submit(merger, "b");
    CompletableFuture<String> c = submit(merger, "c");
    assertThat(statements).hasSize(1);

    statements.get(0).succeed();

    assertThat(statements.get(1).names()).containsExactly("b", "c");
    statements.get(1).succeed();
    assertThat(b).isCompletedWithValue("b!");
    assertThat(c).isCompletedWithValue("c!");
    assertThat(merged).containsExactly(1, 2);
  }

  @Test
  void no_more_statements_are_under_way_than_slots() {
    Merger<Request, String> two = merger(2);

    IntStream.range(0, 500).forEach(i -> submit(two, "r" + i));

    assertThat(statements).hasSize(2);
    assertThat(two.flying()).isEqualTo(2);
  }

  @Test
  void statement_takes_a_bounded_number_of_messages_and_bytes() {
    submit(merger, "first");
    IntStream.range(0, 4).forEach(i -> submit(merger, new Request("many" + i, 500, 1)));
    IntStream.range(0, 3).forEach(i -> submit(merger, new Request("big" + i, 1, 8 << 20)));

    for (int i = 0; i < statements.size(); i++) {
      statements.get(i).succeed();
    }

    assertThat(statements.stream().map(Statement::names))
        .containsExactly(
            List.of("first"),
            List.of("many0", "many1"),
            List.of("many2", "many3"),
            List.of("big0"),
            List.of("big1"),
            List.of("big2"));
  }

  @Test
  void failure_of_a_statement_fails_those_who_share_it_and_no_others() {
    CompletableFuture<String> a = submit(merger, "a");
    CompletableFuture<String> b = submit(merger, "b");

    statements.get(0).answer().fail(new IOException("gone"));
    statements.get(1).succeed();

    assertThatThrownBy(a::join).hasCauseInstanceOf(ProviderUnavailable.class);
    assertThat(b).isCompletedWithValue("b!");
  }

  @Test
  void statement_that_cannot_even_be_made_fails_its_requests_and_frees_its_slot() {
    IllegalArgumentException failure = new IllegalArgumentException("cannot be encoded");
    Merger<Request, String> broken =
        new Merger<>(
            "test",
            1,
            (_, _, _) -> {},
            requests -> {
              if (requests.getFirst().name().equals("bad")) {
                throw failure;
              }
              return run(requests);
            });

    CompletableFuture<String> bad = submit(broken, "bad");
    CompletableFuture<String> good = submit(broken, "good");

    assertThatThrownBy(bad::join).hasCause(failure);
    statements.getFirst().succeed();
    assertThat(good).isCompletedWithValue("good!");
  }

  @Test
  void too_many_waiting_requests_are_refused() {
    submit(merger, "first");
    IntStream.range(0, Merger.MOST_PENDING).forEach(i -> submit(merger, "r" + i));

    CompletableFuture<String> refused = submit(merger, "one too many");

    assertThatThrownBy(refused::join).hasCauseInstanceOf(ProviderUnavailable.class);
    statements.getFirst().succeed();
    assertThat(submit(merger, "fits again")).isNotDone();
  }

  @Test
  void those_whom_a_silent_store_keeps_waiting_are_given_up() {
    CompletableFuture<String> underWay = submit(merger, "under way");
    CompletableFuture<String> waiting = submit(merger, "waiting");
    merger.giveUpOverdue();
    assertThat(underWay).isNotDone();

    Awaitility.await()
        .until(
            () -> {
              merger.giveUpOverdue();
              return underWay.isDone() && waiting.isDone();
            });

    // What was sent may have happened; what was not has not
    assertThatThrownBy(underWay::join).hasCauseInstanceOf(OutcomeUnknown.class);
    assertThatThrownBy(waiting::join).hasCauseInstanceOf(ProviderUnavailable.class);
    statements.getFirst().succeed();
    assertThat(statements).hasSize(1);
    assertThat(merger.flying()).isZero();
  }

  @Test
  void request_whose_caller_is_gone_harms_nobody() {
    submit(merger, "first");
    submit(merger, "gone").cancel(true);
    CompletableFuture<String> other = submit(merger, "other");

    statements.get(0).succeed();
    statements.get(1).succeed();

    assertThat(other).isCompletedWithValue("other!");
  }
}
