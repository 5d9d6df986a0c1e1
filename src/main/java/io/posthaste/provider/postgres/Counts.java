package io.posthaste.provider.postgres;

import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueStats;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts messages. Up to {@link #EXACT} in each state the count is exact and costs a few
 * milliseconds. A state beyond is counted in full by the database, and that number serves for a
 * while: at least {@link #TRUSTED}, so long that counting takes {@link #SHARE} of the time at most,
 * and no longer than the state is beyond.
 */
final class Counts {
  private static final int EXACT = 10_000;
  private static final Duration TRUSTED = Duration.ofSeconds(2);
  private static final int SHARE = 20;

  private static final String SQL =
      """
      WITH at AS (SELECT coalesce($3::timestamptz, now()) AS now)
      SELECT
        (SELECT count(*) FROM (SELECT FROM ready r, at
          WHERE r.queue = $1 AND r.due <= at.now LIMIT $2) x) AS available,
        (SELECT count(*) FROM (SELECT FROM ready r, at
          WHERE r.queue = $1 AND r.due > at.now LIMIT $2) x) AS delayed,
        (SELECT coalesce(sum(n), 0)::bigint FROM (SELECT cardinality(l.messages) AS n FROM lease l
          WHERE l.queue = $1 LIMIT $2) x) AS leased,
        (SELECT count(*) FROM (SELECT FROM dead_letter d WHERE d.queue = $4 LIMIT $2) x) AS dead,
        (SELECT min(f.due) FROM generate_series(0, 9) AS p(priority), at, LATERAL (
          SELECT r.due FROM ready r
          WHERE r.queue = $1 AND r.priority = p.priority::smallint AND r.due <= at.now
          ORDER BY r.due LIMIT 1) f) AS oldest,
        (SELECT at.now FROM at) AS now
      """;

  // Those behind another of their group have no ready row
  private static final String WAITING =
      """
      SELECT count(*) FILTER (WHERE due <= coalesce($2::timestamptz, now())),
        count(*) FILTER (WHERE due > coalesce($2::timestamptz, now()))
      FROM (SELECT due, row_number() OVER (PARTITION BY group_name ORDER BY position) AS place
        FROM message WHERE queue = $1 AND position IS NOT NULL) m
      WHERE place > 1
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final Map<Integer, Counted> large = new ConcurrentHashMap<>();

  private record Counted(QueueStats stats, long until) {}

  Counts(Pool pool, StoreClock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  Future<QueueStats> of(Queue queue) {
    return count(queue, EXACT)
        .compose(
            bounded ->
                isExact(bounded)
                    ? withWaiting(queue, bounded)
                    : full(queue).map(full -> combined(queue, bounded, full)));
  }

  /** What was counted of a queue no longer holds. */
  void forget(Queue queue) {
    large.remove(queue.id());
  }

  private Future<QueueStats> full(Queue queue) {
    Counted known = large.get(queue.id());
    return known != null && System.nanoTime() - known.until() < 0
        ? Future.succeededFuture(known.stats())
        : countAll(queue);
  }

  private Future<QueueStats> countAll(Queue queue) {
    long began = System.nanoTime();
    return count(queue, Integer.MAX_VALUE)
        .compose(all -> withWaiting(queue, all))
        .onSuccess(
            all -> {
              long now = System.nanoTime();
              long trusted = Math.max(TRUSTED.toNanos(), SHARE * (now - began));
              large.values().removeIf(counted -> now - counted.until() > 0);
              large.put(queue.id(), new Counted(all, now + trusted));
            });
  }

  private static boolean isExact(QueueStats bounded) {
    return bounded.available() < EXACT
        && bounded.delayed() < EXACT
        && bounded.leased() < EXACT
        && bounded.dead() < EXACT;
  }

  private static QueueStats combined(Queue queue, QueueStats bounded, QueueStats full) {
    // Of an ordered queue the bounded ones lack those behind others of their group
    boolean whole = !queue.ordersByGroup();
    return new QueueStats(
        whole ? combined(bounded.available(), full.available()) : full.available(),
        whole ? combined(bounded.delayed(), full.delayed()) : full.delayed(),
        combined(bounded.leased(), full.leased()),
        combined(bounded.dead(), full.dead()),
        bounded.oldestAge());
  }

  private static long combined(long bounded, long full) {
    return bounded < EXACT ? bounded : Math.max(EXACT, full);
  }

  private Future<QueueStats> count(Queue queue, int limit) {
    return pool.preparedQuery(SQL)
        .execute(Tuple.of(queue.id(), (long) limit, clock.override(), queue.name().value()))
        .map(rows -> read(rows.iterator().next()));
  }

  private Future<QueueStats> withWaiting(Queue queue, QueueStats stats) {
    if (!queue.ordersByGroup()) {
      return Future.succeededFuture(stats);
    }
    return pool.preparedQuery(WAITING)
        .execute(Tuple.of(queue.id(), clock.override()))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              return new QueueStats(
                  stats.available() + row.getLong(0),
                  stats.delayed() + row.getLong(1),
                  stats.leased(),
                  stats.dead(),
                  stats.oldestAge());
            });
  }

  private static QueueStats read(Row row) {
    OffsetDateTime oldest = row.getOffsetDateTime(4);
    return new QueueStats(
        row.getLong(0),
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        oldest == null ? null : Duration.between(oldest, row.getOffsetDateTime(5)));
  }
}
