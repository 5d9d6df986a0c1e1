package io.posthaste.outbox;

import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Queue;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * Changes what waits. A copy that a crash may have left at the broker is void from then on: the
 * stay's number is used up.
 */
final class OutboxChanges {
  private static final int STEP = 5000;

  // Only what is not due yet: the other may be on its way already
  private static final String RESCHEDULE =
      """
      WITH at AS (SELECT coalesce($5::timestamptz, now()) AS now),
      target AS MATERIALIZED (
        SELECT o.id, o.queue, o.entry, o.first_due,
          greatest(coalesce($4::timestamptz, at.now + $3 * interval '1 microsecond'), at.now) AS moved
        FROM outbox o, at WHERE o.id = $1 AND o.queue = $2 FOR UPDATE OF o),
      changed AS (
        UPDATE outbox o SET due = t.moved, next_try = t.moved, first_due = t.moved,
          expires = o.expires + (t.moved - t.first_due),
          entry = nextval(pg_get_serial_sequence('outbox', 'entry'))
        FROM target t WHERE o.id = t.id AND o.queue = t.queue RETURNING o.id, o.provider, o.due),
      void AS (%s)
      SELECT c.provider, (extract(epoch FROM c.due - at.now) * 1000000)::bigint FROM changed c, at
      """
          .formatted(Admission.voiding("target", "$5"));

  private static final String CANCEL =
      """
      WITH gone AS (DELETE FROM outbox WHERE id = $1 AND queue = $2 RETURNING id, queue, entry),
      void AS (%s)
      SELECT id FROM gone
      """
          .formatted(Admission.voiding("gone", "$3"));

  private static final String PURGE =
      """
      DELETE FROM outbox WHERE queue = $1 AND id = ANY (ARRAY(
        SELECT id FROM outbox WHERE queue = $1 ORDER BY due, id LIMIT $2 FOR UPDATE SKIP LOCKED))
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final Addition.Wakeup wakeup;

  OutboxChanges(Pool pool, StoreClock clock, Addition.Wakeup wakeup) {
    this.pool = pool;
    this.clock = clock;
    this.wakeup = wakeup;
  }

  /** Whether it was there. */
  Future<Boolean> reschedule(Queue queue, MessageId id, Due due) {
    long micros = due instanceof Due.After(var delay) ? Micros.of(delay) : 0;
    OffsetDateTime moment =
        due instanceof Due.At(var instant) ? instant.atOffset(ZoneOffset.UTC) : null;
    return pool.preparedQuery(RESCHEDULE)
        .execute(Tuple.of(id.value(), queue.id(), micros, moment, clock.override()))
        .map(
            rows -> {
              for (Row row : rows) {
                wakeup.wake(row.getString(0), row.getLong(1));
              }
              return rows.size() > 0;
            });
  }

  /** Whether it was there. */
  Future<Boolean> cancel(Queue queue, MessageId id) {
    return pool.preparedQuery(CANCEL)
        .execute(Tuple.of(id.value(), queue.id(), clock.override()))
        .map(rows -> rows.size() > 0);
  }

  /** Removes all of a queue in bounded steps; how many. */
  Future<Long> purge(int queue) {
    return purge(queue, 0);
  }

  private Future<Long> purge(int queue, long before) {
    return pool.preparedQuery(PURGE)
        .execute(Tuple.of(queue, (long) STEP))
        .compose(
            rows ->
                rows.rowCount() < STEP
                    ? Future.succeededFuture(before + rows.rowCount())
                    : purge(queue, before + rows.rowCount()));
  }
}
