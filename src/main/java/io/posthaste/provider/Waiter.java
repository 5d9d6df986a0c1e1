package io.posthaste.provider;

import io.posthaste.message.Delivery;
import io.posthaste.queue.ReceiveRequest;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.List;

/**
 * A receiver that has not been answered yet. Touched only inside the receive loop's mailbox, but
 * for {@link #leave}: that a client hung up must be seen before the answer goes nowhere.
 */
public final class Waiter {
  private final ReceiveRequest request;
  private final UniEmitter<? super List<Delivery>> emitter;
  private final long since = System.nanoTime();
  private volatile boolean gone;
  private boolean served;
  private long deadlineTimer = -1;

  public Waiter(ReceiveRequest request, UniEmitter<? super List<Delivery>> emitter) {
    this.request = request;
    this.emitter = emitter;
  }

  public ReceiveRequest request() {
    return request;
  }

  public boolean waits() {
    return !request.waitTime().isZero();
  }

  /**
   * Whether it wanted an answer at once, and has wanted it since before that moment of {@link
   * System#nanoTime}.
   */
  public boolean overdueAt(long moment) {
    return !waits() && since - moment < 0;
  }

  /** Answered, given up, or its client hung up. */
  public boolean gone() {
    return gone;
  }

  /** Its messages are on their way: too late for an empty answer. */
  public void serve() {
    served = true;
  }

  /** Its time is up. */
  public void expire() {
    if (!gone && !served) {
      answer(List.of());
    }
  }

  public void leave() {
    gone = true;
  }

  public long deadlineTimer() {
    return deadlineTimer;
  }

  public void deadlineTimer(long id) {
    deadlineTimer = id;
  }

  public void answer(List<Delivery> deliveries) {
    gone = true;
    emitter.complete(deliveries);
  }

  public void fail(Throwable failure) {
    gone = true;
    emitter.fail(failure);
  }
}
