package io.posthaste.outbox;

import io.posthaste.message.UuidV7;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SilentEvents;
import io.posthaste.store.DueLoop;
import io.posthaste.store.Merger;
import io.posthaste.store.StoreClock;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The outbox of one replica, for tests of the providers behind it. */
public final class MovedOutbox {
  private static final Merger.MergeListener NOBODY = (_, _, _) -> {};

  private final Vertx vertx;
  private final Outbox outbox;
  private final Admission admission;
  private final Deduplication deduplication;
  private final MoveStep step;
  private DueLoop loop;
  private Relay relay;

  public MovedOutbox(Vertx vertx, Pool pool, StoreClock clock, Supplier<Queues> queues) {
    this.vertx = vertx;
    outbox = new Outbox(pool, clock, NOBODY);
    admission = new Admission(pool, clock, NOBODY);
    deduplication = new Deduplication(pool, clock, outbox);
    UuidV7 copies = new UuidV7(InstantSource.system(), new SecureRandom());
    step = new MoveStep(pool, clock, queues, new SilentEvents(), copies::next);
  }

  /** Moves what is due into this broker from here on. */
  public void moveInto(Relay broker) {
    relay = broker;
    loop = OutboxMovers.loop(vertx, broker, step, NOBODY);
    outbox.listener((_, ahead) -> loop.wake(ahead));
    loop.look();
  }

  public Outbox outbox() {
    return outbox;
  }

  public Admission admission() {
    return admission;
  }

  public Deduplication deduplication() {
    return deduplication;
  }

  /** Moves what is due, now, until nothing is. */
  public void moveDue() {
    boolean more = true;
    while (more) {
      try {
        MoveStep.Result result =
            step.run(relay, new Publication(relay))
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        more = result.more();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  public void close() {
    loop.stop();
  }
}
