package io.posthaste.store;

import io.vertx.core.AsyncResult;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells operators that work which nobody waits for does not get done: a warning once it has failed
 * for {@link #BLIP}, again every {@link #AGAIN} for as long as it does, and a word when it is well.
 */
public final class FailureReport {
  /** What is over so soon, a failover for example, is told at DEBUG only. */
  static final Duration BLIP = Duration.ofSeconds(5);

  static final Duration AGAIN = Duration.ofMinutes(1);

  private final Logger log;
  private final String work;
  private final InstantSource clock;
  private @Nullable Instant failingSince;
  private @Nullable Instant told;
  private long failures;

  /**
   * @param work what it is that fails, in a word or two
   */
  public FailureReport(Logger log, String work) {
    this(log, work, InstantSource.system());
  }

  FailureReport(Logger log, String work, InstantSource clock) {
    this.log = log;
    this.work = work;
    this.clock = clock;
  }

  public void note(AsyncResult<?> result) {
    if (result.failed()) {
      failed(result.cause());
    } else {
      succeeded();
    }
  }

  public synchronized void failed(Throwable cause) {
    log.debugf("background work failed work=%s cause=%s", work, cause);
    Instant now = clock.instant();
    failures++;
    if (failingSince == null) {
      failingSince = now;
    }
    Instant due = told == null ? failingSince.plus(BLIP) : told.plus(AGAIN);
    if (!now.isBefore(due)) {
      told = now;
      log.warnf(
          "background work does not get done work=%s since=%s failures=%d cause=%s",
          work, failingSince, failures, cause);
    }
  }

  public synchronized void succeeded() {
    if (told != null) {
      log.infof("background work gets done again work=%s failures=%d", work, failures);
    }
    failingSince = null;
    told = null;
    failures = 0;
  }
}
