package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.provider.CallersLoop;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Where the client's blocking calls run, and how their failures are told. */
final class Threads implements AutoCloseable {
  /** Below the five seconds in which a caller is promised an answer. */
  private static final Duration PATIENCE = Duration.ofMillis(4_500);

  private final ExecutorService virtual =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rabbitmq-", 0).factory());
  private final ScheduledExecutorService timer;

  Threads() {
    ScheduledThreadPoolExecutor one =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("rabbitmq-timer").factory());
    one.setRemoveOnCancelPolicy(true);
    timer = one;
  }

  ExecutorService virtual() {
    return virtual;
  }

  /** For what does not block; everything else hops off at once. */
  ScheduledExecutorService timer() {
    return timer;
  }

  /**
   * Runs blocking work, and answers on the caller's event loop if it came from one. What takes
   * longer than {@link #PATIENCE} has an unknown outcome, and goes on.
   */
  <T> Uni<T> call(Callable<T> work) {
    return answered(
        Uni.createFrom()
            .completionStage(
                () -> {
                  CompletableFuture<T> answer = run(work);
                  Future<?> end =
                      timer.schedule(
                          () -> answer.completeExceptionally(new TimeoutException()),
                          PATIENCE.toMillis(),
                          TimeUnit.MILLISECONDS);
                  answer.whenComplete((_, _) -> end.cancel(false));
                  return answer;
                }));
  }

  /** The same for what nobody waits for: it takes the time that it takes. */
  <T> Uni<T> callUnhurried(Callable<T> work) {
    return answered(Uni.createFrom().completionStage(() -> run(work)));
  }

  private <T> CompletableFuture<T> run(Callable<T> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    virtual.execute(
        () -> {
          try {
            answer.complete(work.call());
          } catch (Throwable e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  /** The same answer, on the caller's event loop if there is one. */
  <T> Uni<T> answered(Uni<T> uni) {
    return CallersLoop.answering(uni.onFailure().transform(Threads::translate));
  }

  /** The failure itself, without what a future wraps it in. */
  static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** What the port promises for this failure; a failure of ours, a bug, stays as it is. */
  static RuntimeException translate(Throwable failure) {
    return switch (unwrapped(failure)) {
      case ProviderUnavailable known -> known;
      case OutcomeUnknown known -> known;
      case AlreadyClosedException closed ->
          new ProviderUnavailable(RabbitQueueProvider.NAME, closed);
      case ShutdownSignalException lost -> new OutcomeUnknown(RabbitQueueProvider.NAME, lost);
      case IOException broken -> new OutcomeUnknown(RabbitQueueProvider.NAME, broken);
      case TimeoutException late -> new OutcomeUnknown(RabbitQueueProvider.NAME, late);
      case io.smallrye.mutiny.TimeoutException late ->
          new OutcomeUnknown(RabbitQueueProvider.NAME, late);
      case RuntimeException other -> other;
      default -> new IllegalStateException(failure);
    };
  }

  @Override
  public void close() {
    timer.shutdownNow();
    virtual.shutdownNow();
  }
}
