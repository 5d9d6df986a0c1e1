package io.posthaste.provider.postgres;

import io.posthaste.database.Migration;
import io.posthaste.database.Notifications;
import io.posthaste.deadletter.ReplayStore;
import io.posthaste.message.UuidV7;
import io.posthaste.queue.ProviderSetup;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.store.StoreClock;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Builds the provider, and keeps it going for as long as the service lives. */
@ApplicationScoped
class PostgresQueues {
  private static final Duration LEASES = Duration.ofMillis(250);
  private static final Duration EXPIRED = Duration.ofSeconds(1);
  private static final Duration REPLAYS = Duration.ofMillis(250);
  private static final int URGENT = 2;
  private static final int SELDOM = 50;
  private static final Duration OLD = Duration.ofMinutes(1);

  private final Engine engine;
  private final Upkeep upkeep;

  PostgresQueues(
      Vertx vertx,
      Pool pool,
      Instance<Queues> queues,
      QueueEvents events,
      Notifications notifications,
      PostgresSettings settings,
      @ConfigProperty(name = "posthaste.embedded-in") Optional<String> embeddedIn) {
    // The embedded database belongs to one service
    boolean shared = embeddedIn.isEmpty();
    // Each call asks for the calling thread's generator
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    this.engine =
        new Engine(
            new Engine.Surroundings(
                vertx, pool, queues::get, events, StoreClock.DATABASE, random, shared));
    this.upkeep = new Upkeep(vertx);
    Cleaning cleaning = new Cleaning(pool, StoreClock.DATABASE, settings.retention());
    upkeep.add("leases", LEASES, URGENT, engine.leaseRescue()::step);
    upkeep.add("unconfirmed-leases", EXPIRED, URGENT, engine.unconfirmedLeases()::step);
    upkeep.add("time-to-live", EXPIRED, URGENT, engine.expiry()::stepByTimeToLive);
    upkeep.add("retention", EXPIRED, SELDOM, engine.expiry()::stepByRetention);
    upkeep.add("deduplication", OLD, SELDOM, cleaning::deduplicationKeys);
    upkeep.add("deleted-queues", OLD, SELDOM, engine.changes()::dropLateComers);
    upkeep.add("dead-letters", OLD, SELDOM, cleaning::deadLetters);
    upkeep.add("old-replays", OLD, SELDOM, cleaning::replays);
    upkeep.add("replays", REPLAYS, URGENT, engine.replaySteps()::step);
    if (shared) {
      RemoteWakeups remote = new RemoteWakeups(vertx, notifications, engine.receives());
      engine.wakeups().listener(remote::tell);
      remote.start();
    }
  }

  @Produces
  @Singleton
  ProviderSetup provider() {
    return new ProviderSetup.Essential(new PostgresQueueProvider(engine));
  }

  @Produces
  @Singleton
  ReplayStore replays(Pool pool) {
    UuidV7 ids = new UuidV7(InstantSource.system(), new SecureRandom());
    return new PostgresReplays(pool, StoreClock.DATABASE, ids);
  }

  void begin(@Observes StartupEvent event, Migration migration) {
    migration.completion().subscribe().with(_ -> upkeep.start(engine));
  }

  void beginToEnd(@Observes ShutdownDelayInitiatedEvent event) {
    engine.receives().stop();
  }

  void end(@Observes ShutdownEvent event) {
    engine.receives().stop();
    upkeep.stop();
  }
}
