package io.posthaste.provider.postgres;

import io.posthaste.store.FailureReport;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The replays whose steps fail. Each is tried again after a pause that grows, and operators are
 * told of it; how often it failed is this replica's own knowledge.
 */
final class StalledReplays {
  private static final Logger LOG = Logger.getLogger(StalledReplays.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private static final String PUT_OFF =
      """
      UPDATE replay
      SET next_step = coalesce($3::timestamptz, now()) + $2 * interval '1 microsecond'
      WHERE id = $1
      """;

  private final StoreClock clock;
  private final Map<UUID, Stalled> stalled = new ConcurrentHashMap<>();

  StalledReplays(StoreClock clock) {
    this.clock = clock;
  }

  private record Stalled(FailureReport report, Duration pause) {
    static Stalled first(UUID replay) {
      return new Stalled(new FailureReport(LOG, "replay " + replay), FIRST_PAUSE);
    }

    Stalled again() {
      Duration twice = pause.multipliedBy(2);
      return new Stalled(report, twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE);
    }
  }

  /** Lets the others go first for a while. */
  Future<?> putOff(Pool pool, UUID replay, Throwable failure) {
    Stalled now =
        stalled.compute(
            replay, (_, before) -> before == null ? Stalled.first(replay) : before.again());
    now.report().failed(failure);
    return pool.preparedQuery(PUT_OFF)
        .execute(Tuple.of(replay, Micros.of(now.pause()), clock.override()));
  }

  /** A step succeeded; absent if there was none to do. */
  void goesOn(@Nullable UUID replay) {
    Stalled before = replay == null ? null : stalled.remove(replay);
    if (before != null) {
      before.report().succeeded();
    }
  }
}
