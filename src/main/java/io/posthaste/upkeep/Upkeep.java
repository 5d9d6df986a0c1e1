package io.posthaste.upkeep;

import io.posthaste.database.Migration;
import io.posthaste.message.UuidV7;
import io.posthaste.store.StoreClock;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jboss.logging.Logger;

/**
 * Does the chores of the service while this replica has the duty. The duty is claimed, and renewed,
 * by a job of Quarkus's scheduler, whose finest grain is a second; within its term chores follow
 * their own, finer pace.
 */
@ApplicationScoped
public class Upkeep {
  private static final Logger LOG = Logger.getLogger(Upkeep.class);

  private final Vertx vertx;
  private final Migration migration;
  private final Duty duty;
  private final List<Turns> chores = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;

  @Inject
  public Upkeep(Vertx vertx, Pool pool, Migration migration) {
    this(
        vertx,
        migration,
        new Duty(
            pool,
            StoreClock.DATABASE,
            new UuidV7(InstantSource.system(), new SecureRandom()).next()));
  }

  Upkeep(Vertx vertx, Migration migration, Duty duty) {
    this.vertx = vertx;
    this.migration = migration;
    this.duty = duty;
  }

  /** To be called before the first claim. */
  public void add(Chore chore) {
    chores.add(new Turns(vertx, chore, () -> duty.held() && !stopped));
  }

  // Beans that add chores are made at the start at the latest
  void begin(@Observes StartupEvent event) {
    LOG.debugf("upkeep chores=%d", chores.size());
  }

  @Scheduled(
      identity = "upkeep",
      every = "1s",
      concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  Uni<Void> claim() {
    if (stopped || !migration.done()) {
      return Uni.createFrom().voidItem();
    }
    return Uni.createFrom()
        .completionStage(() -> duty.claim().toCompletionStage())
        .invoke(held -> resume(held))
        .onFailure()
        .invoke(failure -> LOG.debugf("no upkeep cause=%s", failure))
        .onFailure()
        .recoverWithItem(false)
        .replaceWithVoid();
  }

  private void resume(boolean held) {
    if (held) {
      chores.forEach(Turns::resume);
    }
  }

  void end(@Observes ShutdownEvent event) {
    stopped = true;
    duty.leave().onFailure(failure -> LOG.debugf("duty not handed over cause=%s", failure));
  }
}
