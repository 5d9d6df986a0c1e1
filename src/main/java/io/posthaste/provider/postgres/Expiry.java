package io.posthaste.provider.postgres;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Removes messages whose time is over, by their own time to live or their queue's retention, or
 * makes dead letters of them. In bounded steps. Leased ones wait until they come back.
 */
final class Expiry {
  private static final int STEP = 500;
  private static final String REASON = "expired";

  private static final String LIVED =
      """
      SELECT id, queue, priority, due FROM ready
      WHERE expires <= coalesce($1::timestamptz, now()) ORDER BY expires LIMIT %d
      """
          .formatted(STEP);

  // The oldest of each queue and priority stand first in the index
  private static final String OLD =
      """
      SELECT r.id, q.id AS queue, r.priority, r.due
      FROM queue q CROSS JOIN generate_series(0, 9) AS p(priority)
      CROSS JOIN LATERAL (
        SELECT y.id, y.priority, y.due FROM ready y
        WHERE y.queue = q.id AND y.priority = p.priority::smallint
          AND y.due < coalesce($1::timestamptz, now()) - q.retention_us * interval '1 microsecond'
        ORDER BY y.due LIMIT 100) r
      LIMIT %d
      """
          .formatted(STEP);

  // A receiver may have been faster: then the row is gone, and the message not ours
  private static final String TAKE =
      """
      WITH gone AS (
        DELETE FROM ready r
        USING unnest($1::uuid[], $2::int[], $3::smallint[], $4::timestamptz[])
          AS k(id, queue, priority, due)
        WHERE r.queue = k.queue AND r.priority = k.priority AND r.due = k.due AND r.id = k.id
        RETURNING r.id)
      SELECT m.id, m.queue, m.attempt FROM message m WHERE m.id = ANY (ARRAY(SELECT id FROM gone))
      """;

  private final Pool pool;
  private final Transaction transaction;
  private final Verdicts verdicts;
  private final StoreClock clock;
  private final Supplier<Queues> queues;

  Expiry(
      Pool pool,
      Transaction transaction,
      Verdicts verdicts,
      StoreClock clock,
      Supplier<Queues> queues) {
    this.pool = pool;
    this.transaction = transaction;
    this.verdicts = verdicts;
    this.clock = clock;
    this.queues = queues;
  }

  /** One step for messages with a time to live of their own; whether there may be more. */
  Future<Boolean> stepByTimeToLive() {
    return step(LIVED);
  }

  /** One step for messages older than their queue's retention; whether there may be more. */
  Future<Boolean> stepByRetention() {
    return step(OLD);
  }

  private Future<Boolean> step(String select) {
    return pool.preparedQuery(select)
        .execute(Tuple.tuple().addValue(clock.override()))
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture(false)
                    : remove(rows).map(rows.size() == STEP));
  }

  private Future<?> remove(RowSet<Row> rows) {
    Set<Integer> ids = new HashSet<>();
    rows.forEach(row -> ids.add(row.getInteger(1)));
    return Future.fromCompletionStage(queues.get().byId(ids).subscribeAsCompletionStage())
        .compose(
            known ->
                transaction.locking(
                    known.values(), open -> take(open, rows).compose(it -> end(open, it, known))));
  }

  private static Future<RowSet<Row>> take(Transaction.Open open, RowSet<Row> rows) {
    int size = rows.size();
    UUID[] ids = new UUID[size];
    Integer[] queues = new Integer[size];
    Short[] priorities = new Short[size];
    OffsetDateTime[] due = new OffsetDateTime[size];
    int i = 0;
    for (Row row : rows) {
      ids[i] = row.getUUID(0);
      queues[i] = row.getInteger(1);
      priorities[i] = row.getShort(2);
      due[i++] = row.getOffsetDateTime(3);
    }
    return open.connection()
        .preparedQuery(TAKE)
        .execute(Tuple.tuple().addValue(ids).addValue(queues).addValue(priorities).addValue(due));
  }

  private Future<?> end(Transaction.Open open, RowSet<Row> rows, Map<Integer, Queue> known) {
    List<Verdict> judged = new ArrayList<>();
    for (Row row : rows) {
      Queue queue = known.get(row.getInteger(1));
      judged.add(
          queue == null || queue.policy().onExpiry() == OnExpiry.DROP
              ? new Verdict.Dropped(row.getUUID(0))
              : new Verdict.Dead(row.getUUID(0), row.getShort(2), DeadLetterClass.EXPIRED, REASON));
    }
    return verdicts.apply(open, judged);
  }
}
