package io.posthaste.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Runs a step whenever something falls due: by a timer for the first that lies ahead, not by
 * looking again and again. One step runs at a time; what falls due within {@link #PACE} of the last
 * one's beginning shares the next, so that a step is worth its cost under load.
 *
 * <p>What another replica adds is that replica's business; should it die, the regular look finds
 * it. A step that fails is tried again after a pause that grows.
 */
public final class DueLoop {
  private static final Logger LOG = Logger.getLogger(DueLoop.class);
  private static final Duration PACE = Duration.ofMillis(5);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final long NEVER = Long.MAX_VALUE;

  private final Vertx vertx;
  private final FailureReport report;
  private final Duration regular;
  private final Supplier<Future<Look>> step;

  // All below is guarded by this
  private long timer = -1;
  private long timerAt = NEVER;
  private long wakeAt = NEVER;
  private long began = System.nanoTime() - PACE.toNanos();
  private boolean looking;
  private boolean lookAgain;
  private int failures;
  private boolean stopped;

  /**
   * What a step has seen.
   *
   * @param more whether more may be due already
   * @param aheadMicros when the next falls due; negative when nothing else waits
   */
  public record Look(boolean more, long aheadMicros) {}

  /**
   * @param regular how long it may go without a look
   * @param step does a bounded piece
   */
  public DueLoop(Vertx vertx, String name, Duration regular, Supplier<Future<Look>> step) {
    this.vertx = vertx;
    this.report = new FailureReport(LOG, name);
    this.regular = regular;
    this.step = step;
  }

  /** Something falls due so far ahead. */
  public synchronized void wake(long aheadMicros) {
    long at = System.nanoTime() + Math.max(0, aheadMicros) * 1000;
    if (looking) {
      wakeAt = Math.min(wakeAt, at);
    } else if (failures == 0) {
      // While steps fail, the pause is not cut short
      arm(Math.max(at, began + PACE.toNanos()));
    }
  }

  public synchronized void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
  }

  // Only the earliest look is armed
  private void arm(long at) {
    if (stopped || at >= timerAt) {
      return;
    }
    vertx.cancelTimer(timer);
    timerAt = at;
    long millis = Math.ceilDiv(Math.max(0, at - System.nanoTime()), 1_000_000L);
    timer = vertx.setTimer(Math.max(1, millis), _ -> look());
  }

  /** Looks now, or once the step under way has ended. */
  public void look() {
    synchronized (this) {
      if (looking || stopped) {
        lookAgain = true;
        return;
      }
      vertx.cancelTimer(timer);
      timerAt = NEVER;
      wakeAt = NEVER;
      looking = true;
      lookAgain = false;
      began = System.nanoTime();
    }
    run()
        .onComplete(
            result -> {
              report.note(result);
              if (result.succeeded()) {
                looked(result.result());
              } else {
                failed();
              }
            });
  }

  // A step that cannot even be made must not end the loop
  private Future<Look> run() {
    try {
      return step.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private void looked(Look seen) {
    boolean now;
    synchronized (this) {
      failures = 0;
      looking = false;
      now = seen.more() || lookAgain;
      if (!now) {
        long end = System.nanoTime();
        long next = Math.min(wakeAt, end + regular.toNanos());
        if (seen.aheadMicros() >= 0) {
          next = Math.min(next, end + seen.aheadMicros() * 1000);
        }
        arm(Math.max(next, began + PACE.toNanos()));
      }
    }
    if (now) {
      look();
    }
  }

  private synchronized void failed() {
    looking = false;
    failures++;
    long pause =
        Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(failures - 1, 10));
    long spread = ThreadLocalRandom.current().nextLong(pause / 4 + 1);
    arm(System.nanoTime() + pause - spread);
  }
}
