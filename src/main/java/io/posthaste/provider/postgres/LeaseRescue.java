package io.posthaste.provider.postgres;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Takes messages back whose lease has run out: a failed attempt. In bounded steps. */
final class LeaseRescue {
  static final String REASON = "lease expired";
  private static final int STEP = 100;

  /** How much later than others a lease may be committed and still be found at once. */
  private static final Duration LATE = Duration.ofSeconds(10);

  private static final Duration FULL_LOOK_EVERY = Duration.ofMinutes(1);

  // The lower bound spares walking over what is left of leases that were settled long ago
  private static final String OVERDUE =
      """
      SELECT at.now, l.id, l.queue
      FROM (SELECT coalesce($1::timestamptz, now()) AS now) at
      LEFT JOIN LATERAL (
        SELECT id, queue FROM lease
        WHERE until <= at.now AND until >= coalesce($2::timestamptz, '-infinity')
        ORDER BY until LIMIT %d) l ON true
      """
          .formatted(STEP);

  // Extended in the meantime, or settled just now by somebody: left alone
  private static final String TAKE =
      """
      WITH over AS MATERIALIZED (
        SELECT id FROM lease
        WHERE id = ANY ($1::uuid[])
          AND until + interval '0' <= coalesce($2::timestamptz, now())
        ORDER BY id FOR UPDATE SKIP LOCKED),
      gone AS (DELETE FROM lease WHERE id = ANY (ARRAY(SELECT id FROM over)) RETURNING messages)
      SELECT m.id, m.queue, m.attempt FROM message m
      WHERE m.id = ANY (ARRAY(SELECT unnest(messages) FROM gone))
      """;

  private final Pool pool;
  private final Transaction transaction;
  private final Verdicts verdicts;
  private final StoreClock clock;
  private final Supplier<Queues> queues;
  private final RandomGenerator random;
  private volatile @Nullable OffsetDateTime lookedAt;
  private volatile long nextFullLook = System.nanoTime();

  LeaseRescue(
      Pool pool,
      Transaction transaction,
      Verdicts verdicts,
      StoreClock clock,
      Supplier<Queues> queues,
      RandomGenerator random) {
    this.pool = pool;
    this.transaction = transaction;
    this.verdicts = verdicts;
    this.clock = clock;
    this.queues = queues;
    this.random = random;
  }

  /** One step; whether there may be more. */
  Future<Boolean> step() {
    boolean full = System.nanoTime() - nextFullLook >= 0;
    OffsetDateTime since = full || lookedAt == null ? null : lookedAt.minus(LATE);
    return pool.preparedQuery(OVERDUE)
        .execute(Tuple.tuple().addValue(clock.override()).addValue(since))
        .compose(rows -> rescueAll(rows, full));
  }

  private Future<Boolean> rescueAll(RowSet<Row> rows, boolean full) {
    Row first = rows.iterator().next();
    boolean more = rows.size() == STEP;
    if (!more) {
      lookedAt = first.getOffsetDateTime(0);
      if (full) {
        nextFullLook = System.nanoTime() + FULL_LOOK_EVERY.toNanos();
      }
    }
    return first.getUUID(1) == null ? Future.succeededFuture(false) : rescue(rows).map(more);
  }

  private Future<?> rescue(RowSet<Row> overdue) {
    List<UUID> leases = new ArrayList<>();
    Set<Integer> ids = new HashSet<>();
    for (Row row : overdue) {
      leases.add(row.getUUID(1));
      ids.add(row.getInteger(2));
    }
    return Future.fromCompletionStage(queues.get().byId(ids).subscribeAsCompletionStage())
        .compose(
            known ->
                transaction.locking(
                    known.values(),
                    open ->
                        open.connection()
                            .preparedQuery(TAKE)
                            .execute(
                                Tuple.tuple()
                                    .addValue(leases.toArray(UUID[]::new))
                                    .addValue(clock.override()))
                            .compose(rows -> verdicts.apply(open, judge(rows, known)))));
  }

  private List<Verdict> judge(RowSet<Row> rows, Map<Integer, Queue> known) {
    List<Verdict> judged = new ArrayList<>();
    for (Row row : rows) {
      Queue queue = known.get(row.getInteger(1));
      int attempt = row.getShort(2) + 1;
      judged.add(
          queue == null
              ? new Verdict.Dropped(row.getUUID(0))
              : Verdict.failed(
                  row.getUUID(0),
                  attempt,
                  REASON,
                  DeadLetterClass.LEASE_EXPIRED,
                  queue.policy(),
                  random));
    }
    return judged;
  }
}
