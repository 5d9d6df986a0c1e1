package io.posthaste.outbox;

import io.posthaste.database.Migration;
import io.posthaste.message.UuidV7;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Relay;
import io.posthaste.store.DueLoop;
import io.posthaste.store.Merger;
import io.posthaste.store.StoreClock;
import io.posthaste.upkeep.Chore;
import io.posthaste.upkeep.Upkeep;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Builds the outbox, and keeps a loop going for each broker behind it. */
@ApplicationScoped
class OutboxMovers {
  private static final Duration OVERDUE_CHECK = Duration.ofMillis(100);
  private static final Duration REGULAR = Duration.ofSeconds(5);
  private static final Duration CLEAN = Duration.ofMinutes(1);

  private final Vertx vertx;
  private final Instance<Relay> relays;
  private final MoveStep step;
  private final Merger.MergeListener listener;
  private final Outbox outbox;
  private final Admission admission;
  private final Map<String, DueLoop> loops = new ConcurrentHashMap<>();

  OutboxMovers(
      Vertx vertx,
      Pool pool,
      Instance<Queues> queues,
      QueueEvents events,
      @Any Instance<Relay> relays,
      Upkeep upkeep) {
    this.vertx = vertx;
    this.relays = relays;
    this.listener = events::merged;
    UuidV7 copies = new UuidV7(InstantSource.system(), new SecureRandom());
    this.step = new MoveStep(pool, StoreClock.DATABASE, queues::get, events, copies::next);
    this.outbox = new Outbox(pool, StoreClock.DATABASE, listener);
    this.admission = new Admission(pool, StoreClock.DATABASE, listener);
    outbox.listener(this::wake);
    upkeep.add(new Chore("moved", CLEAN, Chore.SELDOM, admission::clean));
  }

  @Produces
  @Singleton
  Outbox outbox() {
    return outbox;
  }

  @Produces
  @Singleton
  Deduplication deduplication(Pool pool) {
    return new Deduplication(pool, StoreClock.DATABASE, outbox);
  }

  @Produces
  @Singleton
  Admission admission() {
    return admission;
  }

  void begin(@Observes StartupEvent event, Migration migration) {
    migration.completion().subscribe().with(_ -> start());
  }

  private void start() {
    for (Relay relay : relays) {
      DueLoop loop = loop(vertx, relay, step, listener);
      loops.put(relay.name(), loop);
      loop.look();
    }
    if (!loops.isEmpty()) {
      vertx.setPeriodic(
          OVERDUE_CHECK.toMillis(),
          _ -> {
            outbox.giveUpOverdue();
            admission.giveUpOverdue();
          });
    }
  }

  /** Providers have a loop each, so that a broker which is away holds up no other. */
  static DueLoop loop(Vertx vertx, Relay relay, MoveStep step, Merger.MergeListener listener) {
    Publication publication = new Publication(relay);
    return new DueLoop(
        vertx,
        "outbox " + relay.name(),
        REGULAR,
        () -> {
          long began = System.nanoTime();
          return step.run(relay, publication)
              .map(
                  result -> {
                    if (result.moved() > 0) {
                      listener.merged(
                          "move", result.moved(), Duration.ofNanos(System.nanoTime() - began));
                    }
                    return new DueLoop.Look(result.more(), result.aheadMicros());
                  });
        });
  }

  private void wake(String provider, long aheadMicros) {
    DueLoop loop = loops.get(provider);
    if (loop != null) {
      loop.wake(aheadMicros);
    }
  }

  void end(@Observes ShutdownEvent event) {
    loops.values().forEach(DueLoop::stop);
  }
}
