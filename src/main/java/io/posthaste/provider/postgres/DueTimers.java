package io.posthaste.provider.postgres;

import io.posthaste.provider.Mailbox;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A timer for each queue in which somebody waits, for when its next message falls due. Touched only
 * inside the receive loop's mailbox.
 */
final class DueTimers {
  private static final Duration LONGEST = Duration.ofHours(1);

  private final Vertx vertx;
  private final Mailbox mailbox;
  private final NextDue nextDue;
  private final Consumer<Line> wake;

  /**
   * @param wake hears, in the mailbox, that something falls due now
   */
  DueTimers(Vertx vertx, Mailbox mailbox, NextDue nextDue, Consumer<Line> wake) {
    this.vertx = vertx;
    this.mailbox = mailbox;
    this.nextDue = nextDue;
    this.wake = wake;
  }

  /** Asks the database about those of the queues of which that is not known. */
  void ask(List<Line> all) {
    List<Line> unknown =
        all.stream().filter(line -> !line.claiming() && line.takeDueUnknown()).toList();
    if (unknown.isEmpty()) {
      return;
    }
    nextDue
        .of(unknown.stream().map(line -> line.queue().id()).toList())
        .onSuccess(ahead -> mailbox.execute(() -> arm(unknown, ahead)))
        .onFailure(_ -> mailbox.execute(() -> unknown.forEach(line -> line.dueUnknown(true))));
  }

  private void arm(List<Line> lines, Map<Integer, NextDue.Ahead> aheadByQueue) {
    for (Line line : lines) {
      NextDue.Ahead ahead = aheadByQueue.get(line.queue().id());
      if (ahead != null) {
        arm(line, ahead.delayMicros());
      }
    }
  }

  /** Wakes the queue when its next message falls due, unless something wakes it earlier. */
  void arm(Line line, long delayMicros) {
    long at = System.nanoTime() + delayMicros * 1000;
    if (line.timer() >= 0 && line.timerAt() - at <= 0) {
      return;
    }
    if (line.timer() >= 0) {
      vertx.cancelTimer(line.timer());
    }
    long millis = Math.clamp(delayMicros / 1000 + 1, 1, LONGEST.toMillis());
    line.timer(vertx.setTimer(millis, _ -> mailbox.execute(() -> fallDue(line))), at);
  }

  private void fallDue(Line line) {
    line.timer(-1, Long.MAX_VALUE);
    line.dueUnknown(true);
    line.somethingDue();
    wake.accept(line);
  }
}
