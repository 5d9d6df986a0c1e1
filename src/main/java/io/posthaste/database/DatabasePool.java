package io.posthaste.database;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnectOptions;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Connections that give up on a database which does not say anything any more.
 *
 * <p>A server that vanishes, or a network that loses everything, leaves connections behind that TCP
 * would keep for a quarter of an hour, and the statements on them. Connections that nobody uses
 * leave the pool well before {@link #SILENCE}, so this ends only those that wait for an answer.
 */
@Singleton
class DatabasePool implements PgPoolCreator {
  /** Longer than any one statement of ours takes, and shorter than the promised recovery. */
  private static final Duration SILENCE = Duration.ofSeconds(20);

  private static final Duration UNUSED = Duration.ofSeconds(10);

  @Override
  public Pool create(Input input) {
    List<SqlConnectOptions> servers = List.copyOf(input.pgConnectOptionsList());
    for (SqlConnectOptions server : servers) {
      server.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
      server.setReadIdleTimeout((int) SILENCE.toMillis());
    }
    return PgBuilder.pool()
        .with(
            input
                .poolOptions()
                .setIdleTimeout((int) UNUSED.toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS))
        .connectingTo(servers)
        .using(input.vertx())
        .build();
  }
}
