package io.posthaste.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class CallersLoopTest {
  private final Vertx vertx = Vertx.vertx();
  private final Uni<String> byAnotherThread =
      Uni.createFrom()
          .emitter(
              emitter -> Thread.ofPlatform().name("broker").start(() -> emitter.complete("done")));

  @AfterEach
  void close() {
    vertx.close();
  }

  private CompletableFuture<Thread> answeredIn(Executor caller) {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    caller.execute(
        () ->
            CallersLoop.answering(byAnotherThread)
                .subscribe()
                .with(_ -> thread.complete(Thread.currentThread()), thread::completeExceptionally));
    return thread.orTimeout(10, TimeUnit.SECONDS);
  }

  @Test
  void answer_of_another_thread_comes_to_the_loop_that_asked() {
    Context loop = vertx.getOrCreateContext();
    CompletableFuture<Thread> loopsThread = new CompletableFuture<>();
    loop.runOnContext(_ -> loopsThread.complete(Thread.currentThread()));

    assertThat(answeredIn(task -> loop.runOnContext(_ -> task.run())).join())
        .isSameAs(loopsThread.join());
  }

  @Test
  void who_is_on_no_loop_is_answered_where_the_answer_comes() {
    assertThat(answeredIn(Runnable::run).join().getName()).isEqualTo("broker");
  }
}
