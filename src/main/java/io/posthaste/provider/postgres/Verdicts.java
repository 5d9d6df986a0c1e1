package io.posthaste.provider.postgres;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.QueueName;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Carries out verdicts on messages that are in nobody's hands, within the caller's transaction. */
final class Verdicts {
  // A message that comes back lives no longer than its queue's retention, from when it was due
  // first
  private static final String BACK =
      """
      WITH b AS (
        SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::text[])
          AS b(id, attempt, delay_us, reason)),
      at AS (SELECT coalesce($5::timestamptz, now()) AS now),
      moved AS (
        UPDATE message m SET attempt = b.attempt,
          due = at.now + b.delay_us * interval '1 microsecond',
          expires = least(m.expires, m.first_due + q.retention_us * interval '1 microsecond')
        FROM b, at, queue q
        WHERE m.id = b.id AND q.id = m.queue
        RETURNING m.queue, m.priority, m.due, m.id, length(m.payload) AS size, m.expires),
      -- The queue was deleted a moment ago, and nobody else will find them
      dropped AS (
        DELETE FROM message m USING b
        WHERE m.id = b.id AND NOT EXISTS (SELECT FROM queue q WHERE q.id = m.queue)),
      noted AS (
        INSERT INTO failure (message, attempt, failed_at, reason)
        SELECT b.id, b.attempt, at.now, b.reason FROM b JOIN moved USING (id), at
        WHERE b.reason IS NOT NULL),
      readied AS (
        INSERT INTO ready (queue, priority, due, id, size, expires)
        SELECT queue, priority, due, id, size, expires FROM moved)
      SELECT queue, priority, due, at.now FROM moved, at
      """;

  private static final String DEAD =
      """
      WITH b AS (
        SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[])
          AS b(id, attempt, class, reason)),
      at AS (SELECT coalesce($5::timestamptz, now()) AS now),
      gone AS (
        DELETE FROM message m USING b WHERE m.id = b.id
        RETURNING m.*, b.attempt AS attempts, b.class, b.reason),
      noted AS (
        INSERT INTO failure (message, attempt, failed_at, reason)
        SELECT g.id, g.attempts, at.now, g.reason FROM gone g, at WHERE g.attempts > g.attempt),
      buried AS (
        INSERT INTO dead_letter (id, queue, class, reason, attempts, died_at, enqueued_at, priority,
          group_name, type, content_type, correlation_id, deduplication_id, headers, payload)
        -- A sender that chose the id of a message which is dead by now has two of that id
        SELECT CASE WHEN EXISTS (SELECT FROM dead_letter d WHERE d.id = g.id)
            THEN gen_random_uuid() ELSE g.id END,
          coalesce(q.name, '(deleted)'), g.class, g.reason, g.attempts, at.now,
          g.enqueued_at, g.priority, g.group_name, g.type, g.content_type, g.correlation_id,
          g.deduplication_id, g.headers, g.payload
        FROM gone g CROSS JOIN at LEFT JOIN queue q ON q.id = g.queue)
      SELECT g.queue, CASE WHEN g.position IS NOT NULL THEN g.group_name END, q.name, g.class
      FROM gone g LEFT JOIN queue q ON q.id = g.queue
      """;

  private static final String DROP =
      """
      WITH forgotten AS (DELETE FROM failure WHERE message = ANY ($1::uuid[]))
      DELETE FROM message m WHERE id = ANY ($1::uuid[])
      RETURNING queue, CASE WHEN position IS NOT NULL THEN group_name END,
        (SELECT name FROM queue q WHERE q.id = m.queue)
      """;

  private final StoreClock clock;
  private final QueueEvents events;

  Verdicts(StoreClock clock, QueueEvents events) {
    this.clock = clock;
    this.events = events;
  }

  Future<?> apply(Transaction.Open open, List<Verdict> verdicts) {
    List<Verdict.Back> back = new ArrayList<>();
    List<Verdict.Dead> dead = new ArrayList<>();
    List<UUID> dropped = new ArrayList<>();
    for (Verdict verdict : verdicts) {
      switch (verdict) {
        case Verdict.Back it -> back.add(it);
        case Verdict.Dead it -> dead.add(it);
        case Verdict.Dropped(var message) -> dropped.add(message);
      }
    }
    return giveBack(open, back).compose(_ -> bury(open, dead)).compose(_ -> drop(open, dropped));
  }

  private Future<?> giveBack(Transaction.Open open, List<Verdict.Back> back) {
    if (back.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple parameters =
        Tuple.tuple()
            .addValue(back.stream().map(Verdict.Back::message).toArray(UUID[]::new))
            .addValue(back.stream().map(b -> (short) b.attempt()).toArray(Short[]::new))
            .addValue(back.stream().map(b -> Micros.of(b.delay())).toArray(Long[]::new))
            .addValue(back.stream().map(Verdict.Back::reason).toArray(String[]::new))
            .addValue(clock.override());
    return open.connection()
        .preparedQuery(BACK)
        .execute(parameters)
        .onSuccess(rows -> rows.forEach(row -> open.signals().add(GroupOrder.signal(row))));
  }

  private Future<?> bury(Transaction.Open open, List<Verdict.Dead> dead) {
    if (dead.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple parameters =
        Tuple.tuple()
            .addValue(dead.stream().map(Verdict.Dead::message).toArray(UUID[]::new))
            .addValue(dead.stream().map(d -> (short) d.attempt()).toArray(Short[]::new))
            .addValue(dead.stream().map(d -> d.deadLetterClass().code()).toArray(String[]::new))
            .addValue(dead.stream().map(Verdict.Dead::reason).toArray(String[]::new))
            .addValue(clock.override());
    return open.connection()
        .preparedQuery(DEAD)
        .execute(parameters)
        .compose(
            rows -> {
              open.afterCommit(() -> tellOfDead(rows));
              return GroupOrder.advance(open, GroupOrder.heads(rows), clock);
            });
  }

  private Future<?> drop(Transaction.Open open, List<UUID> dropped) {
    if (dropped.isEmpty()) {
      return Future.succeededFuture();
    }
    return open.connection()
        .preparedQuery(DROP)
        .execute(Tuple.tuple().addValue(dropped.toArray(UUID[]::new)))
        .compose(
            rows -> {
              open.afterCommit(() -> tellOfDropped(rows));
              return GroupOrder.advance(open, GroupOrder.heads(rows), clock);
            });
  }

  private void tellOfDead(RowSet<Row> rows) {
    for (Row row : rows) {
      String queue = row.getString(2);
      if (queue != null) {
        DeadLetterClass.ofCode(row.getString(3))
            .ifPresent(deadLetterClass -> events.dead(new QueueName(queue), deadLetterClass, 1));
      }
    }
  }

  private void tellOfDropped(RowSet<Row> rows) {
    for (Row row : rows) {
      String queue = row.getString(2);
      if (queue != null) {
        events.dropped(new QueueName(queue), 1);
      }
    }
  }
}
