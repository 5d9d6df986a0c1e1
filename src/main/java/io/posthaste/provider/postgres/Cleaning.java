package io.posthaste.provider.postgres;

import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;

/** Removes records whose time is over, in bounded steps. */
final class Cleaning {
  private static final int STEP = 1000;

  private static final String KEYS =
      """
      DELETE FROM deduplication WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM deduplication WHERE expires <= coalesce($1::timestamptz, now())
        ORDER BY expires LIMIT %d FOR UPDATE SKIP LOCKED))
      """
          .formatted(STEP);

  private static final String DEAD_LETTERS =
      """
      WITH old AS (
        DELETE FROM dead_letter WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM dead_letter
          WHERE died_at <= coalesce($1::timestamptz, now()) - $2 * interval '1 microsecond'
          ORDER BY died_at LIMIT %d FOR UPDATE SKIP LOCKED))
        RETURNING id),
      forgotten AS (DELETE FROM failure WHERE message = ANY (ARRAY(SELECT id FROM old)))
      SELECT id FROM old
      """
          .formatted(STEP);

  private static final String REPLAYS =
      """
      DELETE FROM replay WHERE finished_at <= coalesce($1::timestamptz, now()) - interval '30 days'
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final Duration deadLetterRetention;

  Cleaning(Pool pool, StoreClock clock, Duration deadLetterRetention) {
    this.pool = pool;
    this.clock = clock;
    this.deadLetterRetention = deadLetterRetention;
  }

  Future<Boolean> deduplicationKeys() {
    return pool.preparedQuery(KEYS)
        .execute(Tuple.tuple().addValue(clock.override()))
        .map(rows -> rows.rowCount() == STEP);
  }

  Future<Boolean> deadLetters() {
    return pool.preparedQuery(DEAD_LETTERS)
        .execute(Tuple.tuple().addValue(clock.override()).addLong(Micros.of(deadLetterRetention)))
        .map(rows -> rows.size() == STEP);
  }

  Future<Boolean> replays() {
    return pool.preparedQuery(REPLAYS).execute(Tuple.tuple().addValue(clock.override())).map(false);
  }
}
