package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.Replay;
import io.posthaste.deadletter.ReplayStore;
import io.posthaste.message.UuidV7;
import io.posthaste.store.DeadLetterSql;
import io.posthaste.store.StoreClock;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;

/** Replays in the table {@code replay}; {@link ReplaySteps} carries them on. */
final class PostgresReplays implements ReplayStore {
  private static final Duration COUNTING = Duration.ofSeconds(20);

  private static final String COLUMNS =
      "id, matched, replayed, skipped, last_problem, created_at, finished_at";

  private static final String START =
      """
      INSERT INTO replay (filter_queue, filter_class, filter_reason, filter_type, filter_attempts,
        filter_from, filter_to, filter_ids, id, target, rate, patch, created_at, next_step, matched)
      SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, at.now, at.now,
        (SELECT count(*) FROM dead_letter d WHERE %%s)
      FROM (SELECT coalesce($13::timestamptz, now()) AS now) at
      RETURNING %s
      """
          .formatted(COLUMNS);

  private static final String FIND = "SELECT %s FROM replay WHERE id = $1".formatted(COLUMNS);

  private final Pool pool;
  private final StoreClock clock;
  private final UuidV7 ids;

  PostgresReplays(Pool pool, StoreClock clock, UuidV7 ids) {
    this.pool = pool;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public Uni<Replay> start(Replay.Order order) {
    DeadLetterFilter filter = order.filter();
    Tuple parameters =
        DeadLetterSql.parameters(filter)
            .addValue(ids.next())
            .addValue(order.to().orElse(null))
            .addValue(order.rate().orElse(null))
            .addValue(order.patch().map(patch -> patch.text()).orElse(null))
            .addValue(clock.override());
    String start = START.formatted(DeadLetterSql.matches(parameters));
    return DatabaseFailure.translated(
            pool, COUNTING, () -> pool.preparedQuery(start).execute(parameters))
        .map(rows -> first(rows).orElseThrow());
  }

  @Override
  public Uni<Optional<Replay>> find(UUID id) {
    return DatabaseFailure.translated(() -> pool.preparedQuery(FIND).execute(Tuple.of(id)))
        .map(PostgresReplays::first);
  }

  private static Optional<Replay> first(RowSet<Row> rows) {
    for (Row row : rows) {
      return Optional.of(
          new Replay(
              row.getUUID(0),
              row.getLong(1),
              row.getLong(2),
              row.getLong(3),
              Optional.ofNullable(row.getString(4)),
              row.getOffsetDateTime(5).toInstant(),
              Optional.ofNullable(row.getOffsetDateTime(6)).map(OffsetDateTime::toInstant)));
    }
    return Optional.empty();
  }
}
