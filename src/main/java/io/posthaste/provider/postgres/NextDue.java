package io.posthaste.provider.postgres;

import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** When the next delayed message of a queue falls due. */
final class NextDue {
  private static final String SQL =
      """
      SELECT q.queue,
        (extract(epoch FROM min(r.due) - coalesce($2::timestamptz, now())) * 1000000)::bigint AS ahead
      FROM unnest($1::int[]) AS q(queue) CROSS JOIN generate_series(0, 9) AS p(priority)
      CROSS JOIN LATERAL (
        SELECT y.due FROM ready y
        WHERE y.queue = q.queue AND y.priority = p.priority::smallint
          AND y.due > coalesce($2::timestamptz, now())
        ORDER BY y.due LIMIT 1) r
      GROUP BY q.queue
      """;

  private final Pool pool;
  private final StoreClock clock;

  NextDue(Pool pool, StoreClock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  record Ahead(long delayMicros) {}

  /** Queues without a delayed message are absent. */
  Future<Map<Integer, Ahead>> of(List<Integer> queues) {
    return pool.preparedQuery(SQL)
        .execute(Tuple.tuple().addValue(queues.toArray(Integer[]::new)).addValue(clock.override()))
        .map(
            rows -> {
              Map<Integer, Ahead> ahead = new HashMap<>();
              for (Row row : rows) {
                ahead.put(row.getInteger(0), new Ahead(row.getLong(1)));
              }
              return ahead;
            });
  }
}
