package io.posthaste.outbox;

import io.posthaste.queue.Relay;
import io.posthaste.store.Merger;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/**
 * Moves the messages of one provider when they fall due: by a timer for the first of those ahead,
 * not by looking again and again. Providers have a loop each, so that a broker which is away holds
 * up no other.
 *
 * <p>What another replica adds is moved by that replica's timer; should it die, the regular look
 * finds it.
 */
final class MoveLoop {
  private static final Logger LOG = Logger.getLogger(MoveLoop.class);
  static final Duration REGULAR = Duration.ofSeconds(5);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final long NEVER = Long.MAX_VALUE;

  private final Vertx vertx;
  private final Relay relay;
  private final MoveStep step;
  private final Publication publication;
  private final Merger.MergeListener listener;

  // All below is guarded by this
  private long timer = -1;
  private long timerAt = NEVER;
  private boolean looking;
  private boolean lookAgain;
  private long wakeAt = NEVER;
  private int failures;
  private boolean stopped;

  MoveLoop(Vertx vertx, Relay relay, MoveStep step, Merger.MergeListener listener) {
    this.vertx = vertx;
    this.relay = relay;
    this.step = step;
    this.publication = new Publication(relay);
    this.listener = listener;
  }

  /** Something falls due so far ahead. */
  synchronized void wake(long aheadMicros) {
    long at = System.nanoTime() + Math.max(0, aheadMicros) * 1000;
    if (looking) {
      wakeAt = Math.min(wakeAt, at);
      lookAgain |= aheadMicros <= 0;
    } else if (failures == 0) {
      // While the broker is away, its pause is not cut short
      arm(at);
    }
  }

  synchronized void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
  }

  // Also when it would be the same: only the earliest look is armed
  private void arm(long at) {
    if (stopped || at >= timerAt) {
      return;
    }
    vertx.cancelTimer(timer);
    timerAt = at;
    long millis = Math.ceilDiv(Math.max(0, at - System.nanoTime()), 1_000_000L);
    timer = vertx.setTimer(Math.max(1, millis), _ -> look());
  }

  /** Looks now. */
  void look() {
    synchronized (this) {
      timerAt = NEVER;
      if (looking || stopped) {
        lookAgain = true;
        return;
      }
      looking = true;
      lookAgain = false;
      wakeAt = NEVER;
    }
    long began = System.nanoTime();
    step.run(relay, publication)
        .onComplete(
            result -> {
              if (result.succeeded()) {
                moved(result.result(), Duration.ofNanos(System.nanoTime() - began));
              } else {
                failed(result.cause());
              }
            });
  }

  private void moved(MoveStep.Result result, Duration took) {
    if (result.moved() > 0) {
      listener.merged("move", result.moved(), took);
    }
    synchronized (this) {
      failures = 0;
      looking = false;
      long now = System.nanoTime();
      if (result.more() || lookAgain) {
        arm(now);
      } else {
        arm(Math.min(wakeAt, now + REGULAR.toNanos()));
        if (result.aheadMicros() >= 0) {
          arm(now + result.aheadMicros() * 1000);
        }
      }
    }
  }

  private synchronized void failed(Throwable failure) {
    looking = false;
    failures++;
    LOG.debugf("move failed provider=%s cause=%s", relay.name(), failure);
    long pause =
        Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(failures - 1, 10));
    long spread = ThreadLocalRandom.current().nextLong(pause / 4 + 1);
    arm(System.nanoTime() + pause - spread);
  }
}
