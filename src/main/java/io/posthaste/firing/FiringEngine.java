package io.posthaste.firing;

import io.posthaste.message.UuidV7;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queues;
import io.posthaste.scheduling.Calendars;
import io.posthaste.scheduling.ScheduleEvents;
import io.posthaste.scheduling.ScheduleStore;
import io.posthaste.store.DueLoop;
import io.posthaste.store.StoreClock;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;

/** What keeps and fires schedules, put together. */
final class FiringEngine {
  /** What a replica that has died would have fired waits no longer than that. */
  private static final Duration REGULAR = Duration.ofSeconds(1);

  private final DueLoop loop;
  private final ScheduleStore schedules;
  private final Calendars calendars;

  /** What the parts need from outside. */
  record Surroundings(
      Vertx vertx,
      Pool pool,
      StoreClock clock,
      Supplier<Queues> queues,
      Supplier<Providers> providers,
      LocalMessages local,
      Outbox outbox,
      ScheduleEvents events) {}

  FiringEngine(Surroundings given) {
    Pool pool = given.pool();
    StoreClock clock = given.clock();
    FiringStep step =
        new FiringStep(
            given.vertx(),
            pool,
            new FiringStep.Parts(
                new PlanTable(clock),
                new Definitions(given.vertx()),
                new Targets(given.queues(), given.providers(), given.local()),
                new OccurrenceSend(given.local(), given.outbox())),
            given.events());
    loop = new DueLoop(given.vertx(), "schedules", REGULAR, step::run);
    Trigger.Sends sends =
        new Trigger.Sends(
            given.local(),
            given.outbox(),
            new UuidV7(InstantSource.system(), new SecureRandom()),
            given.events());
    schedules =
        new PostgresSchedules(
            pool,
            clock,
            new ScheduleChange(pool, clock),
            new Trigger(pool, clock, given.queues(), sends),
            loop::look);
    calendars = new PostgresCalendars(pool, clock, loop::look);
  }

  DueLoop loop() {
    return loop;
  }

  ScheduleStore schedules() {
    return schedules;
  }

  Calendars calendars() {
    return calendars;
  }
}
