package io.posthaste.upkeep;

import io.posthaste.store.FailureReport;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/** Does one chore again and again for as long as it may, and rests when it may not. */
final class Turns {
  private static final Logger LOG = Logger.getLogger("io.posthaste.upkeep");

  private final Vertx vertx;
  private final Chore chore;
  private final BooleanSupplier allowed;
  private final FailureReport failures;
  private final AtomicBoolean running = new AtomicBoolean();

  Turns(Vertx vertx, Chore chore, BooleanSupplier allowed) {
    this.vertx = vertx;
    this.chore = chore;
    this.allowed = allowed;
    this.failures = new FailureReport(LOG, chore.name());
  }

  /** Goes on, if it rests. */
  void resume() {
    if (running.compareAndSet(false, true)) {
      turn();
    }
  }

  private void turn() {
    if (!allowed.getAsBoolean()) {
      running.set(false);
      return;
    }
    long began = System.nanoTime();
    step()
        .onComplete(
            result -> {
              failures.note(result);
              boolean more = result.succeeded() && result.result();
              long pause =
                  Math.max(chore.every().toNanos(), chore.share() * (System.nanoTime() - began));
              vertx.setTimer(more ? 1 : Math.max(1, pause / 1_000_000), _ -> turn());
            });
  }

  // A step that cannot even be made must not end the chore
  private Future<Boolean> step() {
    try {
      return chore.step().get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
