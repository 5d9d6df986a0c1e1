package io.posthaste.store;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.deadletter.DeadLetter.FailedAttempt;
import io.posthaste.message.MessageId;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;

/**
 * The failed attempts of messages that live on other brokers, in the table {@code failure}. They
 * become the history of a dead letter, or are forgotten.
 */
@ApplicationScoped
public class FailureLog {
  // The same attempt may be brought again when the answer was lost
  private static final String RECORD =
      """
      INSERT INTO failure (message, attempt, failed_at, reason)
      SELECT u.message, u.attempt, u.failed_at, u.reason
      FROM unnest($1::uuid[], $2::smallint[], $3::timestamptz[], $4::text[])
        AS u(message, attempt, failed_at, reason)
      WHERE NOT EXISTS (
        SELECT FROM failure f WHERE f.message = u.message AND f.attempt = u.attempt)
      """;

  private static final String FORGET = "DELETE FROM failure WHERE message = ANY ($1::uuid[])";

  private final Pool pool;

  FailureLog(Pool pool) {
    this.pool = pool;
  }

  public Uni<Void> record(Map<MessageId, FailedAttempt> attempts) {
    Tuple parameters =
        Tuple.tuple()
            .addValue(attempts.keySet().stream().map(MessageId::value).toArray(UUID[]::new))
            .addValue(
                attempts.values().stream().map(a -> (short) a.attempt()).toArray(Short[]::new))
            .addValue(
                attempts.values().stream()
                    .map(a -> a.failedAt().atOffset(ZoneOffset.UTC))
                    .toArray(OffsetDateTime[]::new))
            .addValue(attempts.values().stream().map(FailedAttempt::reason).toArray(String[]::new));
    return DatabaseFailure.translated(() -> pool.preparedQuery(RECORD).execute(parameters))
        .replaceWithVoid();
  }

  /** Of messages that are done. */
  public Uni<Void> forget(Collection<MessageId> messages) {
    UUID[] ids = messages.stream().map(MessageId::value).toArray(UUID[]::new);
    return DatabaseFailure.translated(
            () -> pool.preparedQuery(FORGET).execute(Tuple.tuple().addValue(ids)))
        .replaceWithVoid();
  }
}
