package io.posthaste.provider.postgres;

import io.posthaste.store.MessageColumns;

/**
 * Stores messages with regard to groups: one that is not the first of its group gets no ready row.
 * Runs under the locks of the queues that order by group. Answers the moment, and the ids of those
 * whose queue is gone.
 */
final class OrderedStore {
  static final String SQL =
      """
      WITH at AS (SELECT coalesce($14::timestamptz, now()) AS now),
      %3$s,
      entry AS MATERIALIZED (
        SELECT e.*, %4$s AS known,
          q.ordering = 'group' AND e.group_name IS NOT NULL AS ordered
        FROM %1$s LEFT JOIN queue q ON q.id = e.queue),
      -- Positions are drawn above the sort: the window alone may leave a group in any order
      placed AS MATERIALIZED (
        SELECT e.*, CASE WHEN e.ordered THEN nextval('message_position') END AS position
        FROM (
          SELECT e.*, e.ordered AND (
              e.place > min(e.place) OVER (PARTITION BY e.queue, e.group_name, e.ordered)
              OR EXISTS (SELECT FROM message m WHERE m.queue = e.queue
                AND m.group_name = e.group_name AND m.position IS NOT NULL)) AS behind
          FROM entry e WHERE e.known ORDER BY e.place) e),
      stored AS (
        INSERT INTO message (id, queue, priority, enqueued_at, first_due, due, expires, position,
          group_name, type, content_type, correlation_id, deduplication_id, headers, payload)
        SELECT e.id, e.queue, e.priority, at.now, %2$s, %2$s,
          %2$s + e.ttl_us * interval '1 microsecond', e.position, e.group_name, e.type,
          e.content_type, e.correlation_id, e.deduplication_id, e.headers, e.payload
        FROM placed e, at),
      readied AS (
        INSERT INTO ready (queue, priority, due, id, size, expires)
        SELECT e.queue, e.priority, %2$s, e.id, length(e.payload),
          %2$s + e.ttl_us * interval '1 microsecond'
        FROM placed e, at WHERE NOT e.behind)
      SELECT at.now, (SELECT array_agg(e.id) FROM entry e WHERE NOT e.known) AS unknown FROM at
      """
          .formatted(
              MessageColumns.UNNEST,
              MessageColumns.DUE,
              MessageColumns.DELETED,
              MessageColumns.DEFINED);

  private OrderedStore() {}
}
