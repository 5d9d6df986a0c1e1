package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.wire.Outgoing;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One message from the wish to publish it until the broker's word on it:
 *
 * <pre>
 *   waiting ──► written ──► answered
 *      └── given up
 * </pre>
 */
final class Publishing {
  private final Outgoing message;
  private final long began = System.nanoTime();
  private final CompletableFuture<Outgoing.Outcome> answer = new CompletableFuture<>();
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);
  private volatile boolean returned;

  private enum Stage {
    WAITING,
    WRITTEN,
    GIVEN_UP
  }

  Publishing(Outgoing message) {
    this.message = message;
  }

  Outgoing message() {
    return message;
  }

  long began() {
    return began;
  }

  CompletableFuture<Outgoing.Outcome> answer() {
    return answer;
  }

  /** Waits until all of them are answered, whatever the answer is; so long at most. */
  static void awaitAnswers(Collection<Publishing> publishings, Duration patience)
      throws InterruptedException {
    CompletableFuture<?>[] answers =
        publishings.stream().map(Publishing::answer).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(answers).get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException _) {
      // Their senders hear of it
    }
  }

  /** Whether it is to be written; from here on it may have happened. */
  boolean write() {
    return stage.compareAndSet(Stage.WAITING, Stage.WRITTEN);
  }

  /** Not written after all, and known not to be. */
  void refuse(RuntimeException failure) {
    answer.completeExceptionally(failure);
  }

  /** The broker found no queue for it; its confirmation is still to come. */
  void markReturned() {
    returned = true;
  }

  void confirmed() {
    answer.complete(returned ? Outgoing.Outcome.UNROUTABLE : Outgoing.Outcome.CONFIRMED);
  }

  void nacked() {
    answer.complete(Outgoing.Outcome.REFUSED);
  }

  void lost(@Nullable Throwable cause) {
    answer.completeExceptionally(new OutcomeUnknown(RabbitQueueProvider.NAME, cause));
  }

  /** Its time is up. */
  void giveUp() {
    if (stage.compareAndSet(Stage.WAITING, Stage.GIVEN_UP)) {
      answer.completeExceptionally(new ProviderUnavailable(RabbitQueueProvider.NAME, null));
    } else {
      lost(null);
    }
  }
}
