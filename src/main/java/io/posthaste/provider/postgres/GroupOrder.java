package io.posthaste.provider.postgres;

import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Order within groups: only the first message of a group has a ready row, so that receiving needs
 * no look at groups and one group's backlog never stands in another's way.
 *
 * <p>Who adds to a group and who removes its first must see each other. Both hold the queue's
 * advisory lock for as long as their transaction lasts; statements behind the lock see all that was
 * committed before it.
 */
final class GroupOrder {
  private static final int LOCK_CLASS = 0x9057;

  private static final String LOCK =
      "SELECT pg_advisory_xact_lock(%d, q) FROM unnest($1::int[]) AS q".formatted(LOCK_CLASS);

  private static final String FIRST =
      """
      INSERT INTO ready (queue, priority, due, id, size, expires)
      SELECT m.queue, m.priority, m.due, m.id, length(m.payload), m.expires
      FROM (SELECT DISTINCT * FROM unnest($1::int[], $2::text[]) AS u(queue, name)) g
      CROSS JOIN LATERAL (
        SELECT * FROM message y
        WHERE y.queue = g.queue AND y.group_name = g.name AND y.position IS NOT NULL
        ORDER BY y.position LIMIT 1) m
      %s
      RETURNING queue, priority, due, coalesce($3::timestamptz, now()) AS now
      """;

  private static final String ADVANCE = FIRST.formatted("");

  private static final String ADVANCE_IF_STUCK =
      FIRST.formatted(
          """
          WHERE NOT EXISTS (SELECT FROM ready r WHERE r.queue = m.queue
              AND r.priority = m.priority AND r.due = m.due AND r.id = m.id)
            AND NOT EXISTS (
              SELECT FROM lease l WHERE l.queue = m.queue AND m.id = ANY (l.messages))\
          """);

  private GroupOrder() {}

  record Group(int queue, String name) {}

  /** Locks in ascending order, so that no two wait for each other. */
  static Future<?> lock(SqlConnection connection, Set<Integer> ascending) {
    return ascending.isEmpty()
        ? Future.succeededFuture()
        : connection
            .preparedQuery(LOCK)
            .execute(Tuple.tuple().addValue(ascending.toArray(Integer[]::new)));
  }

  /**
   * Makes the next message of each group ready, under the lock; its first has just been removed.
   */
  static Future<?> advance(Transaction.Open open, Collection<Group> groups, StoreClock clock) {
    return advance(ADVANCE, open, groups, clock);
  }

  /** The same where the first was removed without the lock, so that others may have been faster. */
  static Future<?> catchUp(Transaction transaction, Collection<Group> groups, StoreClock clock) {
    if (groups.isEmpty()) {
      return Future.succeededFuture();
    }
    Set<Integer> queues = new TreeSet<>();
    groups.forEach(group -> queues.add(group.queue()));
    return transaction.run(
        open ->
            lock(open.connection(), queues)
                .compose(_ -> advance(ADVANCE_IF_STUCK, open, groups, clock))
                .mapEmpty());
  }

  private static Future<?> advance(
      String sql, Transaction.Open open, Collection<Group> groups, StoreClock clock) {
    if (groups.isEmpty()) {
      return Future.succeededFuture();
    }
    return open.connection()
        .preparedQuery(sql)
        .execute(
            Tuple.tuple()
                .addValue(groups.stream().map(Group::queue).toArray(Integer[]::new))
                .addValue(groups.stream().map(Group::name).toArray(String[]::new))
                .addValue(clock.override()))
        .onSuccess(rows -> rows.forEach(row -> open.signals().add(signal(row))));
  }

  /** Of rows of removed messages: queue, and the name of the group whose first it was, if any. */
  static List<Group> heads(RowSet<Row> rows) {
    List<Group> heads = new ArrayList<>();
    for (Row row : rows) {
      String name = row.getString(1);
      if (name != null) {
        heads.add(new Group(row.getInteger(0), name));
      }
    }
    return heads;
  }

  /** Of a row that begins with queue, priority, due, now. */
  static Signal signal(Row row) {
    long due = Micros.of(row.getOffsetDateTime(2));
    return new Signal(
        row.getInteger(0), row.getShort(1), due, due - Micros.of(row.getOffsetDateTime(3)));
  }
}
