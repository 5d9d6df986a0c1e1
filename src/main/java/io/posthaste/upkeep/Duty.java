package io.posthaste.upkeep;

import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.UUID;

/**
 * Which replica does the upkeep: the one that has said so last, for a term that it renews. Held in
 * a row, not by a lock or a connection: who dies, or is cut off, loses it when the term is over.
 */
final class Duty {
  static final Duration TERM = Duration.ofSeconds(3);

  /** Ends so much earlier for its holder, whose answer was on its way. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  // Without its row there is one soon: two who insert it at once are as good as one who updates
  private static final String CLAIM =
      """
      INSERT INTO duty AS d (name, holder, until)
      SELECT 'upkeep', $1, coalesce($3::timestamptz, now()) + $2 * interval '1 microsecond'
      WHERE NOT EXISTS (SELECT FROM duty
        WHERE name = 'upkeep' AND holder <> $1 AND until > coalesce($3::timestamptz, now()))
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE d.holder = excluded.holder OR d.until <= coalesce($3::timestamptz, now())
      RETURNING holder
      """;

  private static final String LEAVE = "DELETE FROM duty WHERE name = 'upkeep' AND holder = $1";

  private final Pool pool;
  private final StoreClock clock;
  private final UUID self;
  private volatile long until = System.nanoTime();

  Duty(Pool pool, StoreClock clock, UUID self) {
    this.pool = pool;
    this.clock = clock;
    this.self = self;
  }

  boolean held() {
    return System.nanoTime() - until < 0;
  }

  /** Takes the duty if nobody has it, or goes on with it. To be called every second. */
  Future<Boolean> claim() {
    long asked = System.nanoTime();
    return pool.preparedQuery(CLAIM)
        .execute(Tuple.of(self, Micros.of(TERM), clock.override()))
        .map(
            rows -> {
              if (rows.size() > 0) {
                until = asked + TERM.minus(MARGIN).toNanos();
              }
              return rows.size() > 0;
            });
  }

  /** Hands it over at a stop. */
  Future<?> leave() {
    boolean had = held();
    until = System.nanoTime();
    return had ? pool.preparedQuery(LEAVE).execute(Tuple.of(self)) : Future.succeededFuture();
  }
}
