package io.posthaste.provider.postgres;

import io.posthaste.message.MessageId;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.Queue;
import io.posthaste.queue.StoredMessage;
import io.posthaste.store.MessageRow;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Looks at messages without touching them. */
final class Inspection {
  // Each branch stops at the limit; a queue that orders by group shows who waits in a group too
  private static final String PEEK =
      """
      WITH at AS (SELECT coalesce($4::timestamptz, now()) AS now),
      found AS MATERIALIZED (
        (SELECT r.id, 'available' AS state, r.due, 0 AS rank, r.priority FROM ready r, at
          WHERE $3 IN ('available', 'any') AND r.queue = $1 AND r.due <= at.now
          ORDER BY r.priority DESC, r.due, r.id LIMIT $2)
        UNION ALL
        (SELECT m.id, CASE WHEN m.due <= at.now THEN 'available' ELSE 'delayed' END, m.due, 1,
            m.priority
          FROM message m, at
          WHERE m.queue = $1 AND m.position IS NOT NULL AND $3 IN ('available', 'delayed', 'any')
            AND ($3 = 'any' OR (m.due <= at.now) = ($3 = 'available'))
            AND EXISTS (SELECT FROM message h WHERE h.queue = $1 AND h.group_name = m.group_name
              AND h.position < m.position)
          ORDER BY m.group_name, m.position LIMIT $2)
        UNION ALL
        (SELECT r.id, 'delayed', r.due, 2, r.priority FROM ready r, at
          WHERE $3 IN ('delayed', 'any') AND r.queue = $1 AND r.due > at.now
          ORDER BY r.due, r.id LIMIT $2)
        UNION ALL
        (SELECT u.id, 'leased', l.until, 3, 0::smallint FROM lease l, unnest(l.messages) AS u(id)
          WHERE $3 IN ('leased', 'any') AND l.queue = $1 LIMIT $2))
      SELECT %s, f.state, CASE WHEN f.state = 'leased' THEN m.due ELSE f.due END,
        CASE WHEN f.state = 'leased' THEN m.attempt + 1 ELSE m.attempt + 0 END
      FROM found f JOIN message m ON m.id = f.id
      ORDER BY f.rank, CASE WHEN f.rank = 0 THEN -f.priority END, f.due, f.id LIMIT $2
      """
          .formatted(MessageRow.COLUMNS);

  private static final String FIND =
      """
      SELECT %s,
        CASE WHEN h.held THEN 'leased'
          WHEN m.due > coalesce($3::timestamptz, now()) THEN 'delayed' ELSE 'available' END,
        m.due, CASE WHEN h.held THEN m.attempt + 1 ELSE m.attempt + 0 END
      FROM message m, LATERAL (SELECT EXISTS (
        SELECT FROM lease l WHERE l.queue = m.queue AND m.id = ANY (l.messages)) AS held) h
      WHERE m.id = $2 AND m.queue = $1
      """
          .formatted(MessageRow.COLUMNS);

  private final Pool pool;
  private final StoreClock clock;

  Inspection(Pool pool, StoreClock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  Future<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    String wanted = state.map(s -> s.name().toLowerCase(Locale.ROOT)).orElse("any");
    return pool.preparedQuery(PEEK)
        .execute(Tuple.of(queue.id(), (long) limit, wanted, clock.override()))
        .map(
            rows -> {
              List<StoredMessage> messages = new ArrayList<>();
              rows.forEach(row -> messages.add(read(row)));
              return messages;
            });
  }

  Future<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(queue.id(), id.value(), clock.override()))
        .map(
            rows -> {
              for (Row row : rows) {
                return Optional.of(read(row));
              }
              return Optional.empty();
            });
  }

  private static StoredMessage read(Row row) {
    return new StoredMessage(
        MessageRow.read(row),
        MessageState.valueOf(row.getString(10).toUpperCase(Locale.ROOT)),
        row.getOffsetDateTime(11).toInstant(),
        row.getInteger(12));
  }
}
