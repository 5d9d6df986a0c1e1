package io.posthaste.provider.postgres;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.posthaste.message.Delivery;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Recipient;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Confirms leases in the moment in which their deliveries are written to the receiver, so that a
 * killed replica leaves behind who got what.
 *
 * <p>The order is what counts: the confirmation goes out first, the response right behind it, on
 * the same thread and with nothing in between. For that, each event loop has {@linkplain
 * HandoverDesk connections of its own}. A kill that falls between the two, which are microseconds
 * apart, leaves messages to their lease. Neither waits for the other, nor for the disk: the word
 * has to outlive the replica, not the database's machine.
 *
 * <p>While an event loop lacks its connections, leases are written as confirmed: better that a
 * killed replica's messages wait for their leases than that two receivers hold one. What was leased
 * before leaves once its confirmation, on any connection, has been answered.
 */
final class Handovers implements HandoverDesk.Surroundings {
  /** A replica that lives has confirmed or given back long before. */
  static final Duration CONFIRM_WITHIN = Duration.ofSeconds(5);

  private static final Logger LOG = Logger.getLogger(Handovers.class);
  private static final int TRIES = 4;

  private final VertxInternal vertx;
  private final Pool pool;
  private final Supplier<Future<SqlConnection>> connect;
  private final ReceiveLoop.GiveBack giveBack;
  private final Map<Thread, HandoverDesk> desks = new ConcurrentHashMap<>();
  private final AtomicBoolean complete = new AtomicBoolean();
  private volatile int eventLoops = Integer.MAX_VALUE;
  private volatile boolean stopped;
  private volatile long waitedForUntil = System.nanoTime();

  /**
   * @param connect opens a connection that lives on the calling event loop
   */
  Handovers(
      Vertx vertx,
      Pool pool,
      Supplier<Future<SqlConnection>> connect,
      ReceiveLoop.GiveBack giveBack) {
    this.vertx = (VertxInternal) vertx;
    this.pool = pool;
    this.connect = connect;
    this.giveBack = giveBack;
  }

  /** Opens the connections, and opens again those that are lost. */
  void start() {
    waitedForUntil = System.nanoTime() + CONFIRM_WITHIN.toNanos();
    int loops = 0;
    for (EventExecutor loop : vertx.getEventLoopGroup()) {
      ContextInternal context =
          vertx.createEventLoopContext(
              (EventLoop) loop, null, Thread.currentThread().getContextClassLoader());
      context.runOnContext(
          _ -> {
            HandoverDesk desk = new HandoverDesk(context, connect, this);
            desks.put(Thread.currentThread(), desk);
            desk.start();
          });
      loops++;
    }
    eventLoops = loops;
  }

  void stop() {
    stopped = true;
  }

  @Override
  public boolean stopped() {
    return stopped;
  }

  /** Whether every event loop can confirm what it writes. */
  boolean ready() {
    Collection<HandoverDesk> all = desks.values();
    return all.size() == eventLoops && all.stream().allMatch(HandoverDesk::isOpen);
  }

  /** Whether receivers should come; a while after the start, also if something is amiss. */
  boolean settled() {
    return ready() || System.nanoTime() - waitedForUntil > 0;
  }

  /** See {@link io.posthaste.queue.QueueProvider#handOver}. */
  Uni<Void> handOver(Queue queue, List<Delivery> deliveries, Recipient recipient) {
    return Uni.createFrom()
        .emitter(
            emitter -> {
              @Nullable HandoverDesk desk = desks.get(Thread.currentThread());
              Parting parting =
                  new Parting(
                      queue,
                      deliveries,
                      recipient,
                      vertx.getOrCreateContext(),
                      emitter,
                      System.nanoTime());
              if (desk == null) {
                stranded(parting);
              } else {
                desk.handOver(parting);
              }
            });
  }

  @Override
  public void opened() {
    if (ready()
        && desks.values().stream().allMatch(HandoverDesk::isComplete)
        && complete.compareAndSet(false, true)) {
      LOG.infof("Handovers are confirmed eventLoops=%d", eventLoops);
    }
  }

  // Slower, but what is written is on record also here
  @Override
  public void stranded(Parting parting) {
    Future<?> confirmed =
        pool.preparedQuery(HandoverDesk.CONFIRM)
            .execute(Tuple.of(parting.leases().toArray(UUID[]::new)));
    confirmed.onSuccess(_ -> parting.caller().runOnContext(_ -> leave(parting)));
    confirmed
        .timeout(Parting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(parting::refuse);
  }

  private void leave(Parting parting) {
    if (parting.recipient().gone()) {
      parting.end();
      giveBack.accept(parting.queue(), parting.deliveries());
    } else if (parting.prepare()) {
      parting.send();
      parting.end();
    }
  }

  // The responses are out, so that the order no longer counts, but the word does
  @Override
  public void unheard(Tuple leases) {
    again(leases, TRIES);
  }

  private void again(Tuple leases, int tries) {
    if (tries == 0) {
      LOG.warnf("handover not confirmed leases=%d", leases.getArrayOfUUIDs(0).length);
      return;
    }
    vertx.setTimer(
        CONFIRM_WITHIN.toMillis() / (TRIES + 1),
        _ ->
            pool.preparedQuery(HandoverDesk.CONFIRM)
                .execute(leases)
                .onFailure(_ -> again(leases, tries - 1)));
  }
}
