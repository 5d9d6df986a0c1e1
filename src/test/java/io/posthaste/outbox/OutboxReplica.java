package io.posthaste.outbox;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.NotificationsForTests;
import io.posthaste.message.UuidV7;
import io.posthaste.queue.Queues;
import io.posthaste.queue.QueuesForTests;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SilentEvents;
import io.posthaste.store.DueLoop;
import io.posthaste.store.Merger;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What {@link OutboxMovers} puts together, on a database and a clock of a test's choice. */
final class OutboxReplica implements AutoCloseable {
  private static final Merger.MergeListener NOBODY = (_, _, _) -> {};

  private final Pool pool;
  private final Outbox outbox;
  private final Admission admission;
  private final List<DueLoop> loops = new ArrayList<>();

  OutboxReplica(Vertx vertx, String url, SettableClock clock, Relay... relays) {
    pool = FreshDatabase.pool(vertx, url);
    outbox = new Outbox(pool, clock, NOBODY);
    admission = new Admission(pool, clock, NOBODY);
    Queues queues =
        QueuesForTests.of(StoresForTests.queues(pool, NotificationsForTests.started(vertx, pool)));
    UuidV7 copies = new UuidV7(InstantSource.system(), new SecureRandom());
    MoveStep step = new MoveStep(pool, clock, () -> queues, new SilentEvents(), copies::next);
    for (Relay relay : relays) {
      DueLoop loop = OutboxMovers.loop(vertx, relay, step, NOBODY);
      loops.add(loop);
      outbox.listener(
          (provider, ahead) -> {
            if (provider.equals(relay.name())) {
              loop.wake(ahead);
            }
          });
    }
    loops.forEach(DueLoop::look);
  }

  Outbox outbox() {
    return outbox;
  }

  Admission admission() {
    return admission;
  }

  Pool pool() {
    return pool;
  }

  /** The clock has leapt; the timers do not know. */
  void lookAgain() {
    loops.forEach(DueLoop::look);
  }

  @Override
  public void close() {
    loops.forEach(DueLoop::stop);
    try {
      pool.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
