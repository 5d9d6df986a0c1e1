package io.posthaste.provider.postgres;

import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Removes settled messages for good. One statement for all callers, whatever their queues. */
final class Ack {
  private static final String SQL =
      """
      WITH %s, %s,
      gone AS (
        DELETE FROM message WHERE id = ANY (ARRAY(SELECT message FROM settled))
        RETURNING id, attempt, queue, CASE WHEN position IS NOT NULL THEN group_name END AS head),
      forgotten AS (
        DELETE FROM failure WHERE message = ANY (ARRAY(SELECT id FROM gone WHERE attempt > 0)))
      SELECT g.queue, g.head, s.lease, s.message
      FROM settled s LEFT JOIN gone g ON g.id = s.message
      """
          .formatted(Holding.HELD, Holding.TAKEN_OUT);

  private final Pool pool;
  private final Transaction transaction;
  private final StoreClock clock;

  Ack(Pool pool, Transaction transaction, StoreClock clock) {
    this.pool = pool;
    this.transaction = transaction;
    this.clock = clock;
  }

  /** Which receipts were good, for each request; of queues that do not order by group. */
  Future<List<Set<PostgresReceipt>>> run(List<SettleRequest> requests) {
    // The caller may not have heard yet that its queue has come to order by group
    return execute(pool, requests)
        .compose(
            rows ->
                GroupOrder.catchUp(transaction, GroupOrder.heads(rows), clock)
                    .map(_ -> good(requests, rows)));
  }

  /** The same for queues that order by group: the next of each group becomes ready. */
  Future<List<Set<PostgresReceipt>>> runInOrder(List<SettleRequest> requests) {
    return transaction.locking(
        requests.stream().map(SettleRequest::queue).toList(),
        open ->
            execute(open.connection(), requests)
                .compose(
                    rows ->
                        GroupOrder.advance(open, GroupOrder.heads(rows), clock)
                            .map(_ -> good(requests, rows))));
  }

  private Future<RowSet<Row>> execute(SqlClient client, List<SettleRequest> requests) {
    return client.preparedQuery(SQL).execute(Holding.parameters(requests, clock));
  }

  private static List<Set<PostgresReceipt>> good(List<SettleRequest> requests, RowSet<Row> rows) {
    Set<PostgresReceipt> all = HashSet.newHashSet(rows.size());
    rows.forEach(row -> all.add(new PostgresReceipt(row.getUUID(2), row.getUUID(3))));
    // Callers look up their own receipts only, so one set serves all
    return requests.stream().map(_ -> all).toList();
  }
}
