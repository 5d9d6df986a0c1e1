package io.posthaste.provider.postgres;

import io.posthaste.message.Delivery;
import io.posthaste.queue.ReceiveRequest;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.List;

/**
 * A receiver that has not been answered yet. Touched only inside the receive loop's mailbox, but
 * for {@link #leave}: that a client hung up must be seen before the answer goes nowhere.
 */
final class Waiter {
  private final ReceiveRequest request;
  private final UniEmitter<? super List<Delivery>> emitter;
  private volatile boolean gone;
  private boolean served;
  private long deadlineTimer = -1;

  Waiter(ReceiveRequest request, UniEmitter<? super List<Delivery>> emitter) {
    this.request = request;
    this.emitter = emitter;
  }

  ReceiveRequest request() {
    return request;
  }

  boolean waits() {
    return !request.waitTime().isZero();
  }

  /** Answered, given up, or its client hung up. */
  boolean gone() {
    return gone;
  }

  /** Its messages are on their way: too late for an empty answer. */
  void serve() {
    served = true;
  }

  /** Its time is up. */
  void expire() {
    if (!gone && !served) {
      answer(List.of());
    }
  }

  void leave() {
    gone = true;
  }

  long deadlineTimer() {
    return deadlineTimer;
  }

  void deadlineTimer(long id) {
    deadlineTimer = id;
  }

  void answer(List<Delivery> deliveries) {
    gone = true;
    emitter.complete(deliveries);
  }

  void fail(Throwable failure) {
    gone = true;
    emitter.fail(failure);
  }
}
