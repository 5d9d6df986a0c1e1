package io.posthaste.provider.postgres;

import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves groups on whose first message is neither ready nor leased. Nobody leaves one behind but a
 * replica that has not heard yet that its queue has come to order by group: it removes the first
 * without the lock, and may die before the next is ready. In bounded steps.
 */
final class StuckGroups {
  private static final int STEP = 500;
  private static final GroupOrder.Group BEFORE_ALL = new GroupOrder.Group(0, "");

  // From group to group along the index, however many messages each has
  private static final String HEADS =
      """
      WITH RECURSIVE head AS (
        (SELECT m.queue, m.group_name, m.id, m.priority, m.due, 1 AS place FROM message m
          WHERE m.position IS NOT NULL AND (m.queue, m.group_name) > ($1::int, $2::text)
          ORDER BY m.queue, m.group_name, m.position LIMIT 1)
        UNION ALL
        SELECT n.*, h.place + 1 FROM head h CROSS JOIN LATERAL (
          SELECT m.queue, m.group_name, m.id, m.priority, m.due FROM message m
          WHERE m.position IS NOT NULL AND (m.queue, m.group_name) > (h.queue, h.group_name)
          ORDER BY m.queue, m.group_name, m.position LIMIT 1) n
        WHERE h.place < %d),
      leased AS MATERIALIZED (
        SELECT unnest(messages) AS id FROM lease
        WHERE queue = ANY (ARRAY(SELECT DISTINCT queue FROM head)))
      SELECT h.queue, h.group_name, r.id IS NULL AND l.id IS NULL AS stuck
      FROM head h
      LEFT JOIN LATERAL (
        SELECT y.id FROM ready y WHERE y.queue = h.queue AND y.priority = h.priority
          AND y.due = h.due AND y.id = h.id LIMIT 1) r ON true
      LEFT JOIN leased l ON l.id = h.id
      ORDER BY h.place
      """
          .formatted(STEP);

  private final Pool pool;
  private final Transaction transaction;
  private final StoreClock clock;
  private volatile GroupOrder.Group seen = BEFORE_ALL;

  StuckGroups(Pool pool, Transaction transaction, StoreClock clock) {
    this.pool = pool;
    this.transaction = transaction;
    this.clock = clock;
  }

  /** One step; whether there may be more. */
  Future<Boolean> step() {
    return pool.preparedQuery(HEADS)
        .execute(Tuple.of(seen.queue(), seen.name()))
        .compose(this::moveOn);
  }

  private Future<Boolean> moveOn(RowSet<Row> heads) {
    List<GroupOrder.Group> stuck = new ArrayList<>();
    GroupOrder.Group last = BEFORE_ALL;
    for (Row row : heads) {
      last = new GroupOrder.Group(row.getInteger(0), row.getString(1));
      if (row.getBoolean(2)) {
        stuck.add(last);
      }
    }
    boolean more = heads.size() == STEP;
    seen = more ? last : BEFORE_ALL;
    return GroupOrder.catchUp(transaction, stuck, clock).map(more);
  }
}
