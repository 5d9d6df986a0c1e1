package io.posthaste.database;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/**
 * Brings the schema up to date, once the database answers.
 *
 * <p>A database that is down does not keep the service from starting: the migration is tried until
 * it succeeds, and the service is not ready before. Replicas may migrate at the same time; Flyway's
 * lock lets one after the other through.
 */
@ApplicationScoped
public final class Migration {

  private static final Logger LOG = Logger.getLogger(Migration.class);

  /**
   * A start with a database that answers ends with a current schema; any other is not held up for
   * longer.
   */
  private static final Duration HOLD_UP = Duration.ofSeconds(10);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final Flyway flyway;
  private final CompletableFuture<Void> completion = new CompletableFuture<>();
  private final CountDownLatch firstAttempt = new CountDownLatch(1);
  private final CountDownLatch stopping = new CountDownLatch(1);

  Migration(Flyway flyway) {
    this.flyway = flyway;
  }

  /** Whether the schema is current. */
  public boolean done() {
    return completion.isDone();
  }

  /** Completes when the schema is current, and never fails. */
  public Uni<Void> completion() {
    return Uni.createFrom().completionStage(completion);
  }

  void begin(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event)
      throws InterruptedException {
    Thread.ofVirtual().name("migration").start(this::migrateUntilDone);
    if (!firstAttempt.await(HOLD_UP.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.warn("The database has not answered yet, starting without it");
    }
  }

  void stop(@Observes ShutdownEvent event) {
    stopping.countDown();
  }

  private void migrateUntilDone() {
    Duration pause = FIRST_PAUSE;
    while (!succeeds() && !stopsWithin(pause)) {
      pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
    }
  }

  private boolean succeeds() {
    try {
      var result = flyway.migrate();
      LOG.infof(
          "Schema is current version=%s migrations=%d",
          result.targetSchemaVersion, result.migrationsExecuted);
      completion.complete(null);
      return true;
    } catch (RuntimeException e) {
      report(e);
      return false;
    } finally {
      firstAttempt.countDown();
    }
  }

  private static void report(RuntimeException failure) {
    if (Connectivity.isLacking(failure)) {
      LOG.warnf("The database does not answer, trying again: %s", Connectivity.lastCause(failure));
    } else {
      LOG.error(
          "The migration failed; the service is not ready until it succeeds, trying again",
          failure);
    }
  }

  private boolean stopsWithin(Duration pause) {
    try {
      return stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      return true;
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
