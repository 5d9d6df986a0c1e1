package io.posthaste.provider.postgres;

import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueStats;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;

/** The counts of all queues at once, by walking each table once. For metrics, not for requests. */
final class Overview {
  private static final String SQL =
      """
      WITH at AS (SELECT coalesce($1::timestamptz, now()) AS now),
      r AS (
        SELECT queue, count(*) FILTER (WHERE due <= at.now) AS available,
          count(*) FILTER (WHERE due > at.now) AS delayed, min(due) AS oldest
        FROM ready, at GROUP BY queue),
      -- Those behind another of their group have no ready row
      w AS (
        SELECT queue, count(*) FILTER (WHERE due <= at.now) AS available,
          count(*) FILTER (WHERE due > at.now) AS delayed
        FROM (SELECT queue, due,
            row_number() OVER (PARTITION BY queue, group_name ORDER BY position) AS place
          FROM message WHERE position IS NOT NULL) m, at
        WHERE place > 1 GROUP BY queue),
      l AS (SELECT queue, sum(cardinality(messages))::bigint AS leased FROM lease GROUP BY queue),
      d AS (SELECT queue, count(*) AS dead FROM dead_letter GROUP BY queue)
      SELECT q.name, coalesce(r.available, 0) + coalesce(w.available, 0),
        coalesce(r.delayed, 0) + coalesce(w.delayed, 0), coalesce(l.leased, 0),
        coalesce(d.dead, 0), r.oldest, at.now
      FROM queue q CROSS JOIN at LEFT JOIN r ON r.queue = q.id LEFT JOIN l ON l.queue = q.id
        LEFT JOIN w ON w.queue = q.id LEFT JOIN d ON d.queue = q.name
      WHERE r.queue IS NOT NULL OR l.queue IS NOT NULL OR d.queue IS NOT NULL
      """;

  private final Pool pool;
  private final StoreClock clock;

  Overview(Pool pool, StoreClock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  Future<Map<QueueName, QueueStats>> read() {
    return pool.preparedQuery(SQL)
        .execute(Tuple.tuple().addValue(clock.override()))
        .map(
            rows -> {
              Map<QueueName, QueueStats> all = new HashMap<>();
              rows.forEach(row -> all.put(new QueueName(row.getString(0)), stats(row)));
              return all;
            });
  }

  private static QueueStats stats(Row row) {
    OffsetDateTime oldest = row.getOffsetDateTime(5);
    OffsetDateTime now = row.getOffsetDateTime(6);
    return new QueueStats(
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        row.getLong(4),
        oldest == null || oldest.isAfter(now) ? null : Duration.between(oldest, now));
  }
}
