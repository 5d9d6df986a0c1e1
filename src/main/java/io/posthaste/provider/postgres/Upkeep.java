package io.posthaste.provider.postgres;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * What has to happen without anybody asking: leases that run out, messages that grow too old,
 * records that are no longer needed. Every replica does all of it in small steps; rows that another
 * replica works on are skipped.
 */
final class Upkeep {
  static final Logger LOG = Logger.getLogger("io.posthaste.upkeep");

  private static final Duration OVERDUE_CHECK = Duration.ofMillis(100);
  private static final Duration TICK = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final List<Chore> chores = new ArrayList<>();
  private final List<Long> timers = new ArrayList<>();
  private volatile boolean stopped;

  Upkeep(Vertx vertx) {
    this.vertx = vertx;
  }

  private record Chore(String name, Duration every, int share, Supplier<Future<Boolean>> step) {}

  /**
   * @param share work that takes long is done more seldom: at most one part in so many of the time
   * @param step does a bounded piece; answers whether there may be more at once
   */
  void add(String name, Duration every, int share, Supplier<Future<Boolean>> step) {
    chores.add(new Chore(name, every, share, step));
  }

  void start(Engine engine) {
    timers.add(vertx.setPeriodic(OVERDUE_CHECK.toMillis(), _ -> engine.giveUpOverdue()));
    timers.add(vertx.setPeriodic(TICK.toMillis(), _ -> engine.receives().tick()));
    chores.forEach(this::run);
  }

  void stop() {
    stopped = true;
    timers.forEach(vertx::cancelTimer);
  }

  private void run(Chore chore) {
    if (stopped) {
      return;
    }
    long began = System.nanoTime();
    chore
        .step()
        .get()
        .onComplete(
            result -> {
              if (result.failed()) {
                LOG.debugf("upkeep failed chore=%s cause=%s", chore.name(), result.cause());
              }
              boolean more = result.succeeded() && result.result();
              long pause =
                  Math.max(chore.every().toNanos(), chore.share() * (System.nanoTime() - began));
              vertx.setTimer(more ? 1 : Math.max(1, pause / 1_000_000), _ -> run(chore));
            });
  }
}
