package io.posthaste.provider.postgres;

import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueProvider.ChangeOutcome;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;

/** Changes messages by hand: one by its id, or all of a queue in bounded steps. */
final class Changes {
  private static final int STEP = 5000;

  private static final String EXISTS = "SELECT FROM message WHERE id = $1 AND queue = $2";

  // A row in ready, or one that waits behind another of its group; a leased one has neither
  private static final String RESCHEDULE =
      """
      WITH at AS (SELECT coalesce($5::timestamptz, now()) AS now),
      target AS (
        SELECT m.id, m.queue, m.priority, m.due, m.first_due, m.position,
          greatest(coalesce($4::timestamptz, at.now + $3 * interval '1 microsecond'), at.now) AS moved
        FROM message m, at WHERE m.id = $1 AND m.queue = $2),
      pulled AS (
        DELETE FROM ready r USING target t
        WHERE r.queue = t.queue AND r.priority = t.priority AND r.due = t.due AND r.id = t.id
        RETURNING r.id),
      changed AS (
        UPDATE message m SET due = t.moved, first_due = t.moved,
          expires = m.expires + (t.moved - t.first_due)
        FROM target t
        WHERE m.id = t.id AND (EXISTS (SELECT FROM pulled) OR (%1$s))
        RETURNING m.id, m.queue, m.priority, m.due, length(m.payload) AS size, m.expires),
      pushed AS (
        INSERT INTO ready (queue, priority, due, id, size, expires)
        SELECT c.queue, c.priority, c.due, c.id, c.size, c.expires
        FROM changed c WHERE EXISTS (SELECT FROM pulled))
      SELECT c.queue, c.priority, c.due, at.now FROM changed c, at
      """
          .formatted(behindAnother("t"));

  private static final String CANCEL =
      """
      WITH target AS (
        SELECT m.id, m.queue, m.priority, m.due, m.position, m.group_name
        FROM message m WHERE m.id = $1 AND m.queue = $2),
      pulled AS (
        DELETE FROM ready r USING target t
        WHERE r.queue = t.queue AND r.priority = t.priority AND r.due = t.due AND r.id = t.id
        RETURNING r.id),
      gone AS (
        DELETE FROM message m USING target t
        WHERE m.id = t.id AND (EXISTS (SELECT FROM pulled) OR (%s))
        RETURNING m.id, m.queue, m.group_name, m.position),
      forgotten AS (DELETE FROM failure WHERE message IN (SELECT id FROM gone))
      SELECT queue, CASE WHEN position IS NOT NULL AND EXISTS (SELECT FROM pulled)
        THEN group_name END FROM gone
      """
          .formatted(behindAnother("t"));

  private static final String ORDERS_BY_GROUP =
      "SELECT FROM queue WHERE id = $1 AND ordering = 'group'";

  private static final String PURGE =
      """
      WITH pulled AS (
        DELETE FROM ready WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM ready WHERE queue = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING id),
      gone AS (DELETE FROM message WHERE id = ANY (ARRAY(SELECT id FROM pulled)) RETURNING id),
      forgotten AS (DELETE FROM failure WHERE message = ANY (ARRAY(SELECT id FROM pulled)))
      SELECT count(*) FROM gone
      """;

  private static final String PURGE_WAITING =
      """
      WITH gone AS (
        DELETE FROM message m WHERE m.id = ANY (ARRAY(
          SELECT t.id FROM message t WHERE t.queue = $1 AND t.position IS NOT NULL AND (%s)
          LIMIT $2))
        RETURNING id)
      SELECT count(*) FROM gone
      """
          .formatted(behindAnother("t"));

  private static final String DROP_LEASED =
      """
      WITH gone AS (DELETE FROM lease WHERE id = ANY (ARRAY(
          SELECT id FROM lease WHERE queue = $1 ORDER BY id LIMIT $2 FOR UPDATE))
        RETURNING messages),
      forgotten AS (
        DELETE FROM failure WHERE message = ANY (ARRAY(SELECT unnest(messages) FROM gone)))
      DELETE FROM message WHERE id = ANY (ARRAY(SELECT unnest(messages) FROM gone))
      """;

  // No send is under way for as long as that
  private static final String DELETED =
      """
      SELECT id FROM deleted_queue
      WHERE deleted_at < coalesce($1::timestamptz, now()) - interval '1 minute' LIMIT 1
      """;

  private static final String CLEARED = "DELETE FROM deleted_queue WHERE id = $1";

  // One snapshot: whatever is moved meanwhile, it is in one of these
  private static final String LEFT =
      """
      SELECT EXISTS (SELECT FROM ready WHERE queue = $1)
        OR EXISTS (SELECT FROM lease WHERE queue = $1)
        OR EXISTS (SELECT FROM message WHERE queue = $1 AND position IS NOT NULL)
      FROM pg_sleep($2)
      """;

  private static final double PAUSE_SECONDS = 0.005;

  /** What somebody holds locked for longer than that is dropped by the chore. */
  private static final int PASSES = 100;

  private static final String DROP_KEYS = "DELETE FROM deduplication WHERE queue = $1";

  private final Pool pool;
  private final Transaction transaction;
  private final StoreClock clock;

  Changes(Pool pool, Transaction transaction, StoreClock clock) {
    this.pool = pool;
    this.transaction = transaction;
    this.clock = clock;
  }

  private static String behindAnother(String alias) {
    return """
        %1$s.position IS NOT NULL AND EXISTS (SELECT FROM message h WHERE h.queue = %1$s.queue
          AND h.group_name = (SELECT group_name FROM message WHERE id = %1$s.id)
          AND h.position < %1$s.position)\
        """
        .formatted(alias);
  }

  Future<ChangeOutcome> reschedule(Queue queue, MessageId id, Due due) {
    long micros = due instanceof Due.After(var delay) ? Micros.of(delay) : 0;
    OffsetDateTime moment =
        due instanceof Due.At(var instant) ? instant.atOffset(ZoneOffset.UTC) : null;
    return transaction.locking(
        List.of(queue),
        open ->
            open.connection()
                .preparedQuery(RESCHEDULE)
                .execute(Tuple.of(id.value(), queue.id(), micros, moment, clock.override()))
                .onSuccess(rows -> rows.forEach(r -> open.signals().add(GroupOrder.signal(r))))
                .compose(rows -> outcome(open, queue, id, rows)));
  }

  Future<ChangeOutcome> cancel(Queue queue, MessageId id) {
    return transaction.locking(
        List.of(queue),
        open ->
            open.connection()
                .preparedQuery(CANCEL)
                .execute(Tuple.of(id.value(), queue.id()))
                .compose(
                    rows ->
                        GroupOrder.advance(open, GroupOrder.heads(rows), clock)
                            .compose(_ -> outcome(open, queue, id, rows))));
  }

  private static Future<ChangeOutcome> outcome(
      Transaction.Open open, Queue queue, MessageId id, RowSet<Row> changed) {
    if (changed.size() > 0) {
      return Future.succeededFuture(ChangeOutcome.CHANGED);
    }
    return open.connection()
        .preparedQuery(EXISTS)
        .execute(Tuple.of(id.value(), queue.id()))
        .map(rows -> rows.size() > 0 ? ChangeOutcome.LEASED : ChangeOutcome.NOT_FOUND);
  }

  /** All that is not leased. */
  Future<Long> purge(int queue) {
    // Asked for: the caller may not have heard yet that its queue has come to order by group
    return pool.preparedQuery(ORDERS_BY_GROUP)
        .execute(Tuple.of(queue))
        .compose(rows -> rows.size() == 0 ? inSteps(PURGE, queue, 0) : purgeAtOnce(queue));
  }

  // So that no group is left without its first
  private Future<Long> purgeAtOnce(int queue) {
    return transaction.run(
        open ->
            GroupOrder.lock(open.connection(), Set.of(queue))
                .compose(_ -> purge(open.connection(), PURGE_WAITING, queue, Integer.MAX_VALUE))
                .compose(
                    waiting ->
                        purge(open.connection(), PURGE, queue, Integer.MAX_VALUE)
                            .map(first -> waiting + first)));
  }

  private Future<Long> inSteps(String sql, int queue, long before) {
    return purge(pool, sql, queue, STEP)
        .compose(
            gone ->
                gone < STEP
                    ? Future.succeededFuture(before + gone)
                    : inSteps(sql, queue, before + gone));
  }

  private static Future<Long> purge(SqlClient client, String sql, int queue, int most) {
    return client
        .preparedQuery(sql)
        .execute(Tuple.of(queue, (long) most))
        .map(rows -> rows.iterator().next().getLong(0));
  }

  /**
   * Everything, leased or not, of a queue that is no longer defined, in as many passes as receives
   * and settles that are under way make it take.
   */
  Future<Void> drop(int queue) {
    return dropAll(queue, PASSES)
        .compose(_ -> pool.preparedQuery(DROP_KEYS).execute(Tuple.of(queue)))
        .mapEmpty();
  }

  private Future<Void> dropAll(int queue, int passes) {
    return inSteps(PURGE_WAITING, queue, 0)
        .compose(_ -> inSteps(PURGE, queue, 0))
        .compose(_ -> dropLeased(queue))
        .compose(_ -> isLeft(queue, passes == PASSES ? 0 : PAUSE_SECONDS))
        .compose(
            left -> left && passes > 1 ? dropAll(queue, passes - 1) : Future.succeededFuture());
  }

  private Future<Boolean> isLeft(int queue, double pause) {
    return pool.preparedQuery(LEFT)
        .execute(Tuple.of(queue, pause))
        .map(rows -> rows.iterator().next().getBoolean(0));
  }

  private Future<Void> dropLeased(int queue) {
    return pool.preparedQuery(DROP_LEASED)
        .execute(Tuple.of(queue, (long) 100))
        .compose(rows -> rows.rowCount() == 0 ? Future.succeededFuture() : dropLeased(queue));
  }

  /**
   * Clears away what sends brought into a queue that was deleted while they were under way; one
   * queue a step.
   */
  Future<Boolean> dropLateComers() {
    return pool.preparedQuery(DELETED)
        .execute(Tuple.tuple().addValue(clock.override()))
        .compose(
            rows -> {
              if (rows.size() == 0) {
                return Future.succeededFuture(false);
              }
              int queue = rows.iterator().next().getInteger(0);
              return drop(queue)
                  .compose(_ -> pool.preparedQuery(CLEARED).execute(Tuple.of(queue)))
                  .map(true);
            });
  }
}
