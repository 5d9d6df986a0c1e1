package io.posthaste.provider.rabbitmq;

import io.posthaste.message.Delivery;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A receiver that has not been answered yet. */
final class Waiter {
  private final Queue queue;
  private final ReceiveRequest request;
  private final UniEmitter<? super List<Delivery>> emitter;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private volatile @Nullable Future<?> deadline;

  Waiter(Queue queue, ReceiveRequest request, UniEmitter<? super List<Delivery>> emitter) {
    this.queue = queue;
    this.request = request;
    this.emitter = emitter;
  }

  Queue queue() {
    return queue;
  }

  ReceiveRequest request() {
    return request;
  }

  boolean waits() {
    return !request.waitTime().isZero();
  }

  /** Not answered, and its client still there. */
  boolean isOpen() {
    return open.get();
  }

  void deadline(Future<?> timer) {
    deadline = timer;
  }

  /** Whether it is the caller's to answer, now. */
  boolean claim() {
    boolean claimed = open.compareAndSet(true, false);
    Future<?> timer = deadline;
    if (claimed && timer != null) {
      timer.cancel(false);
    }
    return claimed;
  }

  /** Behind {@link #claim}. */
  void complete(List<Delivery> deliveries) {
    emitter.complete(deliveries);
  }

  void answerEmpty() {
    if (claim()) {
      emitter.complete(List.of());
    }
  }

  void fail(Throwable failure) {
    if (claim()) {
      emitter.fail(failure);
    }
  }
}
