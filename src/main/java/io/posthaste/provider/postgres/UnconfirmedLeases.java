package io.posthaste.provider.postgres;

import io.posthaste.queue.Queue;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages back that a replica received and died before it handed them over, see {@link
 * Handovers}. No attempt was made, so none counts. In bounded steps.
 */
final class UnconfirmedLeases {
  private static final int STEP = 100;

  /**
   * Leases are looked at in the order of their ids, which begin with the receiving replica's clock.
   * This is how long they stay in sight: the time to confirm, one look, and clocks that differ.
   */
  private static final Duration IN_SIGHT = Duration.ofSeconds(15);

  /** For replicas whose clocks differ by more. */
  private static final Duration FULL_LOOK_EVERY = Duration.ofMinutes(1);

  private static final String FIND =
      """
      SELECT at.now, l.id, l.queue
      FROM (SELECT coalesce($1::timestamptz, now()) AS now) at
      LEFT JOIN LATERAL (
        SELECT id, queue FROM lease WHERE id >= $2 AND confirm_by <= at.now
        ORDER BY id LIMIT %d) l ON true
      """
          .formatted(STEP);

  private static final String STILL_UNCONFIRMED = "confirm_by <= $2";
  private static final UUID FIRST = new UUID(0, 0);

  private final Pool pool;
  private final StoreClock clock;
  private final TakingBack takingBack;
  private volatile @Nullable OffsetDateTime lookedAt;
  private volatile long nextFullLook = System.nanoTime();

  UnconfirmedLeases(Pool pool, StoreClock clock, TakingBack takingBack) {
    this.pool = pool;
    this.clock = clock;
    this.takingBack = takingBack;
  }

  /** One step; whether there may be more. */
  Future<Boolean> step() {
    OffsetDateTime last = lookedAt;
    boolean full = System.nanoTime() - nextFullLook >= 0;
    UUID since = full || last == null ? FIRST : firstOf(last.minus(IN_SIGHT));
    return pool.preparedQuery(FIND)
        .execute(Tuple.tuple().addValue(clock.override()).addUUID(since))
        .compose(rows -> takeBack(rows, full));
  }

  private Future<Boolean> takeBack(RowSet<Row> rows, boolean full) {
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
        : takingBack.takeBack(rows, STILL_UNCONFIRMED, UnconfirmedLeases::judge).map(more);
  }

  private static Verdict judge(TakingBack.Leased message, Queue queue) {
    return new Verdict.Back(message.id(), message.failedAttempts(), Duration.ZERO, null);
  }

  /** The least UUID of version 7 (RFC 9562) made at that moment. */
  private static UUID firstOf(OffsetDateTime moment) {
    return new UUID(moment.toInstant().toEpochMilli() << 16, 0);
  }
}
