package io.posthaste.database;

import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Tells a broken world from a bad request, by SQLSTATE (PostgreSQL manual, appendix A). */
public final class DatabaseFailure {
  /** The name under which the database's absence is reported. */
  public static final String PROVIDER = "postgres";

  /** How long a caller waits for a single statement before the outcome counts as unknown. */
  private static final Duration PATIENCE = Duration.ofMillis(1800);

  /** One look and the pause before it stay below the two seconds that callers are promised. */
  private static final Duration ANSWER = Duration.ofMillis(1200);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private DatabaseFailure() {}

  /**
   * Runs a statement at each subscription, with a bounded wait and failures in the port's words.
   */
  public static <T> Uni<T> translated(Supplier<Future<T>> statement) {
    return translated(PATIENCE, statement);
  }

  /**
   * The same for work that may take longer, as long as the database answers others meanwhile.
   *
   * @param pool where to look whether it does
   */
  public static <T> Uni<T> translated(Pool pool, Duration patience, Supplier<Future<T>> statement) {
    return Uni.join()
        .first(translated(patience, statement), DatabaseFailure.<T>silence(pool))
        .toTerminate();
  }

  /** Fails once the database does not answer in time. */
  private static <T> Uni<T> silence(Pool pool) {
    return translated(ANSWER, () -> pool.query("SELECT 1").execute())
        .onItem()
        .delayIt()
        .by(BETWEEN_LOOKS)
        .repeat()
        .indefinitely()
        .collect()
        .last()
        .flatMap(_ -> Uni.createFrom().nothing());
  }

  /** The same with a bound of the caller's. */
  public static <T> Uni<T> translated(Duration patience, Supplier<Future<T>> statement) {
    return Uni.createFrom()
        .completionStage(() -> statement.get().toCompletionStage())
        .ifNoItem()
        .after(patience)
        .failWith(() -> new OutcomeUnknown(PROVIDER, null))
        .onFailure()
        .transform(DatabaseFailure::translate);
  }

  /** What the port promises for this failure; a failure of ours, a bug, stays as it is. */
  public static Throwable translate(Throwable failure) {
    return switch (failure) {
      case ProviderUnavailable known -> known;
      case OutcomeUnknown known -> known;
      case PgException refused when unavailable(state(refused)) ->
          new ProviderUnavailable(PROVIDER, refused);
      // A statement that PostgreSQL refuses is a defect of ours, not of the world
      case PgException refused -> refused;
      case ClosedConnectionException lost -> new OutcomeUnknown(PROVIDER, lost);
      case TimeoutException late -> new ProviderUnavailable(PROVIDER, late);
      case IOException broken -> new ProviderUnavailable(PROVIDER, broken);
      // The pool handed out a connection that had just ended; nothing was said on it
      case NoStackTraceThrowable unsent -> new ProviderUnavailable(PROVIDER, unsent);
      case VertxException broken -> new OutcomeUnknown(PROVIDER, broken);
      default -> failure;
    };
  }

  /** Whether the values of one row are to blame, so that its neighbours may be tried without it. */
  public static boolean blamesValues(Throwable failure) {
    if (!(failure instanceof PgException refused)) {
      return false;
    }
    String state = state(refused);
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
  }

  /** A lock that was not to be had within the time that the transaction gave itself. */
  public static boolean lockNotGranted(Throwable failure) {
    return failure instanceof PgException refused && state(refused).equals("55P03");
  }

  /** A statement that lost against another one and was rolled back; to be run again. */
  public static boolean lostRace(Throwable failure) {
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
        // No such database, no access to it, or no schema in it yet
        || state.startsWith("28")
        || state.startsWith("3D")
        || state.equals("42P01")
        || state.equals("25006")
        || state.equals("55P03");
  }

  private static String state(PgException failure) {
    String state = failure.getSqlState();
    return state == null ? "" : state;
  }
}
