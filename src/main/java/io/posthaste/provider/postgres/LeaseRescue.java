package io.posthaste.provider.postgres;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
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
  private static final String STILL_OVERDUE = "until + interval '0' <= $2";

  private final Pool pool;
  private final StoreClock clock;
  private final TakingBack takingBack;
  private final RandomGenerator random;
  private volatile @Nullable OffsetDateTime lookedAt;
  private volatile long nextFullLook = System.nanoTime();

  LeaseRescue(Pool pool, StoreClock clock, TakingBack takingBack, RandomGenerator random) {
    this.pool = pool;
    this.clock = clock;
    this.takingBack = takingBack;
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
    return first.getUUID(1) == null
        ? Future.succeededFuture(false)
        : takingBack.takeBack(rows, STILL_OVERDUE, this::judge).map(more);
  }

  private Verdict judge(TakingBack.Leased message, Queue queue) {
    return Verdict.failed(
        message.id(),
        message.failedAttempts() + 1,
        REASON,
        DeadLetterClass.LEASE_EXPIRED,
        queue.policy(),
        random);
  }
}
