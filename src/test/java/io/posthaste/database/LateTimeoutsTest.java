package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LateTimeoutsTest {
  private static final int ACQUISITION_MILLIS = 200;

  private final Vertx vertx = Vertx.vertx();
  private final List<Throwable> uncaught = new CopyOnWriteArrayList<>();

  @BeforeEach
  void listen() {
    vertx.exceptionHandler(uncaught::add);
    LateTimeouts.quiet(vertx);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void statement_that_fails_before_its_time_for_a_connection_is_over_fails_once() {
    // Nobody listens there
    PgConnectOptions nowhere =
        ConnectionPool.bounded(
            new PgConnectOptions().setHost("127.0.0.1").setPort(1).setDatabase("d").setUser("u"));
    Pool pool =
        ConnectionPool.pool(
            vertx,
            List.of(nowhere),
            new PoolOptions()
                .setMaxSize(1)
                .setConnectionTimeout(ACQUISITION_MILLIS)
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS),
            new LostConnections(vertx, nowhere, LostConnections.OVERDUE));

    pool.query("SELECT 1").execute();

    // Set after the driver's, and for later
    List<Throwable> seen = new CopyOnWriteArrayList<>();
    vertx.setTimer(
        2 * ACQUISITION_MILLIS,
        _ -> {
          seen.addAll(uncaught);
          seen.add(new IllegalStateException("end"));
        });
    Awaitility.await().until(() -> !seen.isEmpty());
    assertThat(seen).singleElement().extracting(Throwable::getMessage).isEqualTo("end");
  }

  @Test
  void other_failures_go_where_they_went() {
    IllegalStateException other = new IllegalStateException("Result is already complete");

    vertx.runOnContext(
        _ -> {
          throw other;
        });

    Awaitility.await().until(() -> uncaught.contains(other));
  }
}
