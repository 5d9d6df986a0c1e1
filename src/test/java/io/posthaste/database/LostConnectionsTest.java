package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LostConnectionsTest {
  private static final Duration OVERDUE = Duration.ofMillis(300);

  private final Vertx vertx = Vertx.vertx();
  private Wire wire;
  private LostConnections lost;
  private Pool pool;

  @BeforeEach
  void start() {
    URI url = URI.create(PostgresForTests.url());
    wire = Wire.to(url.getPort());
    PgConnectOptions options =
        ConnectionPool.bounded(PgConnectOptions.fromUri(url.toString()).setPort(wire.port()));
    lost = new LostConnections(vertx, options, OVERDUE);
    pool = ConnectionPool.pool(vertx, List.of(options), new PoolOptions().setMaxSize(2), lost);
    vertx.setPeriodic(100, _ -> lost.look());
  }

  @AfterEach
  void stop() throws Exception {
    wire.close();
    get(vertx.close());
  }

  @Test
  void statement_whose_connection_is_dead_fails() throws Exception {
    query("SELECT 1");

    wire.forget();

    assertThatThrownBy(() -> query("SELECT 1")).hasCauseInstanceOf(ClosedConnectionException.class);
    // The other connection may be closing at this very moment
    Awaitility.await().ignoreExceptions().until(() -> query("SELECT 2") == 2);
  }

  @Test
  void answer_that_is_cut_short_is_waited_for_in_vain_no_longer() throws Exception {
    Future<?> answer =
        pool.query("SELECT repeat('x', 1000), pg_sleep(0.002) FROM generate_series(1, 600)")
            .execute();
    Awaitility.await().until(() -> wire.carried() > 100_000);

    wire.forget();

    assertThatThrownBy(() -> get(answer)).hasCauseInstanceOf(ClosedConnectionException.class);
  }

  @Test
  void connection_that_nobody_asks_is_closed_with_the_others() throws Exception {
    Future<?> both = Future.all(pool.query("SELECT 1").execute(), pool.query("SELECT 1").execute());
    get(both);

    wire.forget();
    assertThatThrownBy(() -> query("SELECT 1")).hasCauseInstanceOf(ClosedConnectionException.class);

    // Far sooner than one after the other is found to be lost
    Awaitility.await()
        .atMost(OVERDUE)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                get(
                    Future.all(
                        pool.query("SELECT 1").execute(), pool.query("SELECT 1").execute())));
  }

  @Test
  void statement_that_takes_long_is_left_alone() throws Exception {
    assertThat(query("SELECT 3 FROM pg_sleep(1.5)")).isEqualTo(3);
  }

  @Test
  void connection_is_not_waited_for_while_the_network_swallows_everything() throws Exception {
    query("SELECT 1");
    wire.cut();

    assertThatThrownBy(() -> query("SELECT 1")).isInstanceOf(ExecutionException.class);
    Future<?> connecting = pool.query("SELECT 1").execute();
    assertThatThrownBy(() -> get(connecting)).isInstanceOf(ExecutionException.class);
    wire.mend();

    assertThat(query("SELECT 5")).isEqualTo(5);
  }

  private int query(String sql) throws Exception {
    RowSet<Row> rows = get(pool.query(sql).execute());
    return rows.iterator().next().getInteger(0);
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
