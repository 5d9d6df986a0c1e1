package io.posthaste.provider.postgres;

import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Ends leases that nobody has settled, and carries out what follows for their messages. */
final class TakingBack {
  private static final String TAKE =
      """
      WITH over AS MATERIALIZED (
        SELECT id FROM lease WHERE id = ANY ($1::uuid[]) AND %s
        ORDER BY id FOR UPDATE SKIP LOCKED),
      gone AS (DELETE FROM lease WHERE id = ANY (ARRAY(SELECT id FROM over)) RETURNING messages)
      SELECT m.id, m.queue, m.attempt FROM message m
      WHERE m.id = ANY (ARRAY(SELECT unnest(messages) FROM gone))
      """;

  private final Transaction transaction;
  private final Verdicts verdicts;
  private final StoreClock clock;
  private final Supplier<Queues> queues;

  TakingBack(
      Transaction transaction, Verdicts verdicts, StoreClock clock, Supplier<Queues> queues) {
    this.transaction = transaction;
    this.verdicts = verdicts;
    this.clock = clock;
    this.queues = queues;
  }

  /** A message under a lease that has ended. */
  record Leased(UUID id, int failedAttempts) {}

  /**
   * @param found leases: id and queue in the second and third column
   * @param condition that must still hold once a lease is locked; $2 is the clock
   * @param judge what becomes of each message; those of deleted queues are dropped
   */
  Future<?> takeBack(
      RowSet<Row> found, String condition, BiFunction<Leased, Queue, Verdict> judge) {
    List<UUID> leases = new ArrayList<>();
    Set<Integer> ids = new HashSet<>();
    for (Row row : found) {
      leases.add(row.getUUID(1));
      ids.add(row.getInteger(2));
    }
    String take = TAKE.formatted(condition.replace("$2", "coalesce($2::timestamptz, now())"));
    Tuple parameters =
        Tuple.tuple().addValue(leases.toArray(UUID[]::new)).addValue(clock.override());
    return Future.fromCompletionStage(queues.get().byId(ids).subscribeAsCompletionStage())
        .compose(
            known ->
                transaction.locking(
                    known.values(),
                    open ->
                        open.connection()
                            .preparedQuery(take)
                            .execute(parameters)
                            .compose(
                                rows -> verdicts.apply(open, verdictsOn(rows, known, judge)))));
  }

  private static List<Verdict> verdictsOn(
      RowSet<Row> rows, Map<Integer, Queue> known, BiFunction<Leased, Queue, Verdict> judge) {
    List<Verdict> verdicts = new ArrayList<>();
    for (Row row : rows) {
      Queue queue = known.get(row.getInteger(1));
      Leased message = new Leased(row.getUUID(0), row.getShort(2));
      verdicts.add(queue == null ? new Verdict.Dropped(message.id()) : judge.apply(message, queue));
    }
    return verdicts;
  }
}
