package io.posthaste.provider.postgres;

import io.posthaste.message.MessageId;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.MessageColumns;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Stores messages that need no look at others: no deduplication, no order within a group. One
 * statement for all of them, whatever their queues.
 */
final class PlainSend {
  static final String SQL =
      """
      WITH at AS (SELECT coalesce($14::timestamptz, now()) AS now),
      %3$s,
      entry AS MATERIALIZED (
        SELECT e.*, %4$s AND (q.ordering <> 'group' OR e.group_name IS NULL) AS known
        FROM %1$s LEFT JOIN queue q ON q.id = e.queue),
      stored AS (
        INSERT INTO message (id, queue, priority, enqueued_at, first_due, due, expires, group_name,
          type, content_type, correlation_id, deduplication_id, headers, payload)
        SELECT e.id, e.queue, e.priority, at.now, %2$s, %2$s,
          %2$s + e.ttl_us * interval '1 microsecond', e.group_name, e.type, e.content_type,
          e.correlation_id, e.deduplication_id, e.headers, e.payload
        FROM entry e, at WHERE e.known),
      readied AS (
        INSERT INTO ready (queue, priority, due, id, size, expires)
        SELECT e.queue, e.priority, %2$s, e.id, length(e.payload),
          %2$s + e.ttl_us * interval '1 microsecond'
        FROM entry e, at WHERE e.known)
      SELECT at.now, (SELECT array_agg(e.id) FROM entry e WHERE NOT e.known) AS unknown FROM at
      """
          .formatted(
              MessageColumns.UNNEST,
              MessageColumns.DUE,
              MessageColumns.DELETED,
              MessageColumns.DEFINED);

  private final Pool pool;
  private final StoreClock clock;
  private final Wakeups wakeups;

  PlainSend(Pool pool, StoreClock clock, Wakeups wakeups) {
    this.pool = pool;
    this.clock = clock;
    this.wakeups = wakeups;
  }

  /** What became of each; all or none are stored, but for those whose queue has changed. */
  Future<List<SendOutcome>> store(List<MessageColumns.Entry> entries) {
    return pool.preparedQuery(SQL)
        .execute(new MessageColumns(entries).tuple().addValue(clock.override()))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              wakeups.stored(entries, row.getOffsetDateTime(0));
              return outcomes(entries, row);
            });
  }

  /** Of a row that the statement answers. */
  static List<SendOutcome> outcomes(List<MessageColumns.Entry> entries, Row row) {
    UUID[] ids = row.getArrayOfUUIDs(1);
    Set<UUID> unknown = ids == null ? Set.of() : Set.copyOf(Arrays.asList(ids));
    return entries.stream().map(entry -> outcome(entry.message().id(), unknown)).toList();
  }

  private static SendOutcome outcome(MessageId id, Set<UUID> unknown) {
    return unknown.contains(id.value())
        ? new SendOutcome.QueueChanged()
        : new SendOutcome.Stored(id);
  }
}
