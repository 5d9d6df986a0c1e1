package io.posthaste.provider.postgres;

import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;

/** Tells a broken world from a bad request, by SQLSTATE (PostgreSQL manual, appendix A). */
final class DatabaseFailure {
  private DatabaseFailure() {}

  /** What the port promises for this failure; a failure of ours, a bug, stays as it is. */
  static Throwable translate(Throwable failure) {
    return switch (failure) {
      case ProviderUnavailable known -> known;
      case OutcomeUnknown known -> known;
      case PgException refused when unavailable(state(refused)) ->
          new ProviderUnavailable(PostgresQueueProvider.NAME, refused);
      case ClosedConnectionException lost ->
          new OutcomeUnknown(PostgresQueueProvider.NAME, lost);
      case TimeoutException late -> new ProviderUnavailable(PostgresQueueProvider.NAME, late);
      case IOException broken -> new ProviderUnavailable(PostgresQueueProvider.NAME, broken);
      case io.vertx.core.VertxException broken ->
          new OutcomeUnknown(PostgresQueueProvider.NAME, broken);
      default -> failure;
    };
  }

  /** Whether the values of one row are to blame, so that its neighbours may be tried without it. */
  static boolean blamesValues(Throwable failure) {
    if (!(failure instanceof PgException refused)) {
      return false;
    }
    String state = state(refused);
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
  }

  /** A statement that lost against another one and was rolled back; to be run again. */
  static boolean lostRace(Throwable failure) {
    return failure instanceof PgException refused
        && (state(refused).equals("40P01") || state(refused).equals("40001"));
  }

  // Connection (08), resources (53), operator intervention (57), system (58), read-only after a
  // failover (25006), lock not available (55P03); in none of them was anything committed
  private static boolean unavailable(String state) {
    return state.startsWith("08")
        || state.startsWith("53")
        || state.startsWith("57")
        || state.startsWith("58")
        || state.startsWith("40")
        || state.equals("25006")
        || state.equals("55P03");
  }

  private static String state(PgException failure) {
    String state = failure.getSqlState();
    return state == null ? "" : state;
  }
}
