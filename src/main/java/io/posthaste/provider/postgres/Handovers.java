package io.posthaste.provider.postgres;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.posthaste.message.Delivery;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Confirms leases in the moment in which their deliveries are written to the receiver, so that a
 * killed replica leaves behind who got what.
 *
 * <p>The order is what counts: the confirmation goes out first, the response right behind it, on
 * the same thread and with nothing in between. For that, each event loop has a connection of its
 * own, whose statement is sent by the very call. A kill then falls between the two with a chance of
 * microseconds. Neither waits for the other, nor for the disk: the word has to outlive the replica,
 * not the database's machine.
 *
 * <p>While an event loop lacks its connection, leases are written as confirmed: better that a
 * killed replica's messages wait for their leases than that two receivers hold one.
 */
final class Handovers {
  /** A replica that lives has confirmed or given back long before. */
  static final Duration CONFIRM_WITHIN = Duration.ofSeconds(5);

  private static final Logger LOG = Logger.getLogger(Handovers.class);
  private static final Duration RECONNECT = Duration.ofSeconds(1);
  private static final int TRIES = 4;

  private static final String SQL =
      "UPDATE lease SET confirm_by = NULL WHERE id = ANY ($1::uuid[]) AND confirm_by IS NOT NULL";

  private final VertxInternal vertx;
  private final Pool pool;
  private final Supplier<Future<SqlConnection>> connect;
  private final Map<Thread, PreparedStatement> channels = new ConcurrentHashMap<>();
  private volatile int eventLoops = Integer.MAX_VALUE;
  private volatile boolean stopped;
  private volatile long waitedForUntil = System.nanoTime();

  /**
   * @param connect opens a connection that lives on the calling event loop
   */
  Handovers(Vertx vertx, Pool pool, Supplier<Future<SqlConnection>> connect) {
    this.vertx = (VertxInternal) vertx;
    this.pool = pool;
    this.connect = connect;
  }

  /** Opens the connections, and opens again those that are lost. */
  void start() {
    waitedForUntil = System.nanoTime() + CONFIRM_WITHIN.toNanos();
    int loops = 0;
    for (EventExecutor loop : vertx.getEventLoopGroup()) {
      Context context =
          vertx.createEventLoopContext(
              (EventLoop) loop, null, Thread.currentThread().getContextClassLoader());
      context.runOnContext(_ -> open());
      loops++;
    }
    eventLoops = loops;
  }

  void stop() {
    stopped = true;
  }

  /** Whether every event loop can confirm what it writes. */
  boolean ready() {
    return channels.size() == eventLoops;
  }

  /** Whether receivers should come; a while after the start, also if something is amiss. */
  boolean settled() {
    return ready() || System.nanoTime() - waitedForUntil > 0;
  }

  void confirm(List<Delivery> deliveries) {
    Tuple leases = Tuple.of(leases(deliveries));
    PreparedStatement statement = channels.get(Thread.currentThread());
    Future<?> sent =
        statement == null
            ? pool.preparedQuery(SQL).execute(leases)
            : statement.query().execute(leases);
    sent.onFailure(_ -> again(leases, TRIES));
  }

  private static UUID[] leases(List<Delivery> deliveries) {
    Set<UUID> leases = new HashSet<>();
    for (Delivery delivery : deliveries) {
      PostgresReceipt.decode(delivery.receipt()).ifPresent(receipt -> leases.add(receipt.lease()));
    }
    return leases.toArray(UUID[]::new);
  }

  // The response is out, so that the order no longer counts, but the word does
  private void again(Tuple leases, int tries) {
    if (tries == 0) {
      LOG.warnf("handover not confirmed leases=%d", leases.getArrayOfUUIDs(0).length);
      return;
    }
    vertx.setTimer(
        CONFIRM_WITHIN.toMillis() / (TRIES + 1),
        _ -> pool.preparedQuery(SQL).execute(leases).onFailure(_ -> again(leases, tries - 1)));
  }

  // On the event loop that the connection is for
  private void open() {
    if (!stopped) {
      connect.get().onSuccess(this::prepare).onFailure(_ -> openLater());
    }
  }

  private void add(Thread loop, PreparedStatement statement) {
    channels.put(loop, statement);
    if (ready()) {
      LOG.infof("Handovers are confirmed eventLoops=%d", eventLoops);
    }
  }

  private void openLater() {
    vertx.setTimer(RECONNECT.toMillis(), _ -> open());
  }

  private void prepare(SqlConnection connection) {
    Thread loop = Thread.currentThread();
    connection.closeHandler(
        _ -> {
          channels.remove(loop);
          openLater();
        });
    connection
        .query("SET synchronous_commit = off")
        .execute()
        .compose(_ -> connection.prepare(SQL))
        .onSuccess(statement -> add(loop, statement))
        .onFailure(
            failure -> {
              LOG.debugf("no channel for handovers cause=%s", failure);
              connection.close();
            });
  }
}
