package io.posthaste.database;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the pool of connections that every statement of the service runs on, so that nothing waits
 * for good whatever becomes of the network: connecting, the handshake, waiting for a free
 * connection and {@linkplain LostConnections waiting for an answer} are all bounded, here.
 */
@Singleton
public final class ConnectionPool implements PgPoolCreator {
  private static final int CONNECT_MILLIS = 2000;
  private static final int HANDSHAKE_SECONDS = 3;
  private static final int ACQUISITION_SECONDS = 3;
  private static final long LOOK_EVERY_MILLIS = 1000;

  private @Nullable Runnable end;
  private @Nullable Supplier<Future<SqlConnection>> apart;

  @Override
  public Pool create(Input input) {
    Vertx vertx = input.vertx();
    LateTimeouts.quiet(vertx);
    List<PgConnectOptions> options = new ArrayList<>();
    input.pgConnectOptionsList().forEach(given -> options.add(bounded(given)));
    LostConnections lost = new LostConnections(vertx, options.getFirst(), LostConnections.OVERDUE);
    long timer = vertx.setPeriodic(LOOK_EVERY_MILLIS, _ -> lost.look());
    end = () -> vertx.cancelTimer(timer);
    apart = () -> apart(vertx, options.getFirst(), lost);
    return pool(vertx, options, bounded(input.poolOptions()), lost);
  }

  static Pool pool(
      Vertx vertx, List<PgConnectOptions> options, PoolOptions size, LostConnections lost) {
    ConnectionFactory factory =
        PgDriver.INSTANCE.createConnectionFactory(vertx, options.getFirst());
    AtomicInteger next = new AtomicInteger();
    return PgBuilder.pool()
        .using(vertx)
        .connectingTo(options.getFirst())
        .with(size)
        .withConnectHandler(lost::watch)
        .build()
        .connectionProvider(
            context ->
                inTime(
                    factory.connect(
                        context,
                        options.get(Math.floorMod(next.getAndIncrement(), options.size())))));
  }

  // The driver closes a silent socket at its own end, and then waits for the other: not so the pool
  private static Future<SqlConnection> inTime(Future<SqlConnection> connecting) {
    Future<SqlConnection> bounded = connecting.timeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    return bounded.onFailure(_ -> connecting.onSuccess(SqlConnection::close));
  }

  /**
   * A connection that belongs to no pool, and lives on the event loop that asks for it. Who asks
   * keeps it, and closes it.
   */
  public Future<SqlConnection> apart() {
    Supplier<Future<SqlConnection>> connect = apart;
    return connect == null ? Future.failedFuture("no pool yet") : connect.get();
  }

  private static Future<SqlConnection> apart(
      Vertx vertx, PgConnectOptions options, LostConnections lost) {
    return inTime(PgConnection.connect(vertx, options).map(SqlConnection.class::cast))
        .compose(connection -> lost.introduce(connection).map(connection));
  }

  static PgConnectOptions bounded(PgConnectOptions given) {
    PgConnectOptions options = new PgConnectOptions(given);
    options.setConnectTimeout(CONNECT_MILLIS);
    // Silence ends the handshake; a Conversation takes over behind it
    options.setReadIdleTimeout(HANDSHAKE_SECONDS);
    return options;
  }

  private static PoolOptions bounded(PoolOptions given) {
    return new PoolOptions(given)
        .setConnectionTimeout(ACQUISITION_SECONDS)
        .setConnectionTimeoutUnit(TimeUnit.SECONDS);
  }

  @PreDestroy
  void end() {
    if (end != null) {
      end.run();
    }
  }
}
