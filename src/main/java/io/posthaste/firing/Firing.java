package io.posthaste.firing;

import io.posthaste.database.Migration;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queues;
import io.posthaste.scheduling.Calendars;
import io.posthaste.scheduling.ScheduleEvents;
import io.posthaste.scheduling.ScheduleStore;
import io.posthaste.store.StoreClock;
import io.posthaste.upkeep.Chore;
import io.posthaste.upkeep.Upkeep;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Builds what keeps and fires schedules, and keeps it going for as long as the service lives. */
@ApplicationScoped
class Firing {
  private static final Duration CLEAN = Duration.ofMinutes(1);

  private final FiringEngine engine;

  Firing(
      Vertx vertx,
      Pool pool,
      Instance<Queues> queues,
      Instance<Providers> providers,
      LocalMessages local,
      Outbox outbox,
      ScheduleEvents events,
      Upkeep upkeep,
      FiringSettings settings) {
    History history = new History(StoreClock.DATABASE, settings.historyRetention());
    upkeep.add(new Chore("history", CLEAN, Chore.SELDOM, () -> history.clean(pool)));
    this.engine =
        new FiringEngine(
            new FiringEngine.Surroundings(
                vertx,
                pool,
                StoreClock.DATABASE,
                queues::get,
                providers::get,
                local,
                outbox,
                events));
  }

  @Produces
  @Singleton
  ScheduleStore schedules() {
    return engine.schedules();
  }

  @Produces
  @Singleton
  Calendars calendars() {
    return engine.calendars();
  }

  void begin(@Observes StartupEvent event, Migration migration) {
    migration.completion().subscribe().with(_ -> engine.loop().look());
  }

  void end(@Observes ShutdownEvent event) {
    engine.loop().stop();
  }
}
