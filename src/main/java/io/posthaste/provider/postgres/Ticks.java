package io.posthaste.provider.postgres;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What every replica does for its own callers from time to time, without asking the database. */
final class Ticks {
  private static final Duration OVERDUE_CHECK = Duration.ofMillis(100);
  private static final Duration TICK = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final List<Long> timers = new ArrayList<>();

  Ticks(Vertx vertx) {
    this.vertx = vertx;
  }

  void start(Engine engine) {
    timers.add(vertx.setPeriodic(OVERDUE_CHECK.toMillis(), _ -> engine.giveUpOverdue()));
    timers.add(vertx.setPeriodic(TICK.toMillis(), _ -> engine.receives().tick()));
  }

  void stop() {
    timers.forEach(vertx::cancelTimer);
  }
}
