package io.posthaste.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TurnTest {
  private final Vertx vertx = Vertx.vertx();
  private final BlockingQueue<List<Integer>> ended = new LinkedBlockingQueue<>();
  private final Turn<Integer> turn = new Turn<>(ended::add);

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private List<Integer> next() throws InterruptedException {
    return ended.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void what_one_turn_of_an_event_loop_brings_goes_on_together() throws InterruptedException {
    vertx.runOnContext(
        _ -> {
          turn.add(1);
          turn.add(2);
          turn.add(3);
        });

    assertThat(next()).containsExactly(1, 2, 3);
    assertThat(ended).isEmpty();
  }

  @Test
  void later_turns_gather_anew() throws InterruptedException {
    vertx.runOnContext(
        _ -> {
          turn.add(1);
          vertx.setTimer(20, _ -> turn.add(2));
        });

    assertThat(next()).containsExactly(1);
    assertThat(next()).containsExactly(2);
  }

  @Test
  void event_loops_do_not_mix() throws InterruptedException {
    CyclicBarrier both = new CyclicBarrier(2);
    turnOfAnotherLoop(1, both);
    turnOfAnotherLoop(10, both);

    assertThat(List.of(next(), next())).containsExactlyInAnyOrder(List.of(1, 2), List.of(10, 11));
  }

  /** In the middle of it both loops wait for each other. */
  private void turnOfAnotherLoop(int first, CyclicBarrier both) {
    vertx.deployVerticle(
        () ->
            new AbstractVerticle() {
              @Override
              public void start() throws Exception {
                turn.add(first);
                both.await(10, TimeUnit.SECONDS);
                turn.add(first + 1);
              }
            },
        new DeploymentOptions());
  }

  @Test
  void what_comes_from_elsewhere_goes_on_at_once() {
    turn.add(1);
    turn.add(2);

    assertThat(ended).containsExactly(List.of(1), List.of(2));
  }
}
