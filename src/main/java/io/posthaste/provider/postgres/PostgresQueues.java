package io.posthaste.provider.postgres;

import static io.posthaste.upkeep.Chore.SELDOM;
import static io.posthaste.upkeep.Chore.URGENT;

import io.posthaste.database.ConnectionPool;
import io.posthaste.database.Migration;
import io.posthaste.database.Notifications;
import io.posthaste.deadletter.ReplayStore;
import io.posthaste.message.UuidV7;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.queue.ProviderSetup;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.store.StoreClock;
import io.posthaste.upkeep.Chore;
import io.posthaste.upkeep.Upkeep;
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
  private static final Duration OLD = Duration.ofMinutes(1);

  private final Engine engine;
  private final Ticks ticks;

  PostgresQueues(
      Vertx vertx,
      Pool pool,
      ConnectionPool connections,
      Instance<Queues> queues,
      QueueEvents events,
      Notifications notifications,
      Outbox outbox,
      Upkeep upkeep,
      PostgresSettings settings,
      @ConfigProperty(name = "posthaste.embedded-in") Optional<String> embeddedIn) {
    // The embedded database belongs to one service
    boolean shared = embeddedIn.isEmpty();
    // Each call asks for the calling thread's generator
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    this.engine =
        new Engine(
            new Engine.Surroundings(
                vertx,
                pool,
                connections::apart,
                queues::get,
                events,
                StoreClock.DATABASE,
                random,
                shared));
    this.ticks = new Ticks(vertx);
    Cleaning cleaning = new Cleaning(pool, StoreClock.DATABASE, settings.retention());
    upkeep.add(new Chore("leases", LEASES, URGENT, engine.leaseRescue()::step));
    upkeep.add(new Chore("unconfirmed-leases", EXPIRED, URGENT, engine.unconfirmedLeases()::step));
    upkeep.add(new Chore("time-to-live", EXPIRED, URGENT, engine.expiry()::stepByTimeToLive));
    upkeep.add(new Chore("retention", EXPIRED, SELDOM, engine.expiry()::stepByRetention));
    upkeep.add(new Chore("stuck-groups", OLD, SELDOM, engine.stuckGroups()::step));
    upkeep.add(new Chore("deduplication", OLD, SELDOM, cleaning::deduplicationKeys));
    upkeep.add(new Chore("deleted-queues", OLD, SELDOM, engine.changes()::dropLateComers));
    upkeep.add(new Chore("dead-letters", OLD, SELDOM, cleaning::deadLetters));
    upkeep.add(new Chore("old-replays", OLD, SELDOM, cleaning::replays));
    upkeep.add(new Chore("replays", REPLAYS, URGENT, engine.replaySteps(outbox)::step));
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
  LocalMessages localMessages() {
    return engine.localMessages();
  }

  @Produces
  @Singleton
  ReplayStore replays(Pool pool) {
    UuidV7 ids = new UuidV7(InstantSource.system(), new SecureRandom());
    return new PostgresReplays(pool, StoreClock.DATABASE, ids);
  }

  void begin(@Observes StartupEvent event, Migration migration) {
    migration.completion().subscribe().with(_ -> startEngine());
  }

  private void startEngine() {
    ticks.start(engine);
    engine.handovers().start();
  }

  void beginToEnd(@Observes ShutdownDelayInitiatedEvent event) {
    engine.receives().stop();
  }

  void end(@Observes ShutdownEvent event) {
    engine.receives().stop();
    engine.handovers().stop();
    ticks.stop();
  }
}
