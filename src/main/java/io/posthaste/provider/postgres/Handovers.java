package io.posthaste.provider.postgres;

import io.posthaste.message.Delivery;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Confirms leases in the moment in which their deliveries are written to the receiver, so that a
 * killed replica leaves behind who got what.
 *
 * <p>The order is what counts: the confirmation goes out first, the response right behind it, on
 * the same thread and with nothing in between. For that, each event loop that answers receivers has
 * a connection of its own, whose statement is sent by the very call. A kill then falls between the
 * two with a chance of microseconds. Neither waits for the other, nor for the disk: the word has to
 * outlive the replica, not the database's machine.
 *
 * <p>Known weakness: where no such connection is there yet, or event loops are more than {@link
 * #MOST_CONNECTIONS}, the word goes through the pool, and may come microseconds after the response.
 */
final class Handovers {
  /** A replica that lives has confirmed or given back long before. */
  static final Duration CONFIRM_WITHIN = Duration.ofSeconds(5);

  private static final Logger LOG = Logger.getLogger(Handovers.class);
  private static final int MOST_CONNECTIONS = 8;
  private static final int TRIES = 4;

  private static final String SQL =
      "UPDATE lease SET confirm_by = NULL WHERE id = ANY ($1::uuid[]) AND confirm_by IS NOT NULL";

  private final Vertx vertx;
  private final Pool pool;
  private final Map<Thread, Channel> channels = new ConcurrentHashMap<>();

  Handovers(Vertx vertx, Pool pool) {
    this.vertx = vertx;
    this.pool = pool;
  }

  /** A connection of one event loop; the statement is absent while it is being opened. */
  private static final class Channel {
    volatile @Nullable PreparedStatement statement;
  }

  void confirm(List<Delivery> deliveries) {
    Tuple leases = Tuple.of(leases(deliveries));
    PreparedStatement statement = statement();
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
        CONFIRM_WITHIN.toMillis() / 5,
        _ -> pool.preparedQuery(SQL).execute(leases).onFailure(_ -> again(leases, tries - 1)));
  }

  private @Nullable PreparedStatement statement() {
    Thread loop = Thread.currentThread();
    Channel channel = channels.get(loop);
    if (channel != null) {
      return channel.statement;
    }
    if (channels.size() < MOST_CONNECTIONS
        && io.vertx.core.Context.isOnEventLoopThread()
        && channels.putIfAbsent(loop, new Channel()) == null) {
      open(loop);
    }
    return null;
  }

  // Asked for on an event loop, the pool gives a connection that lives on the same. It is not given
  // back, as its session no longer waits for the disk.
  private void open(Thread loop) {
    pool.getConnection()
        .onFailure(_ -> channels.remove(loop))
        .onSuccess(connection -> prepare(connection, loop));
  }

  private void prepare(SqlConnection connection, Thread loop) {
    connection.closeHandler(_ -> channels.remove(loop));
    connection
        .query("SET synchronous_commit = off")
        .execute()
        .compose(_ -> connection.prepare(SQL))
        .onSuccess(
            statement -> {
              Channel channel = channels.get(loop);
              if (channel != null) {
                channel.statement = statement;
              }
            })
        .onFailure(failure -> LOG.debugf("no channel for handovers cause=%s", failure));
  }
}
