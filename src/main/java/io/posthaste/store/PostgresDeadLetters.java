package io.posthaste.store;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.queue.DeadLetterClass;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Dead letters in the table {@code dead_letter}. */
@ApplicationScoped
class PostgresDeadLetters implements DeadLetterStore {
  /** Filters without an index walk the table; that is bounded by time, not hidden. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration DELETE_PATIENCE = Duration.ofMinutes(5);
  private static final int STEP = 1000;

  private static final String COLUMNS =
      MessageRow.COLUMNS + ", m.queue, m.class, m.reason, m.attempts, m.died_at";

  private static final String LIST =
      """
      SELECT %s FROM (
        SELECT d.* FROM dead_letter d
        WHERE %%s AND %%s
        ORDER BY d.died_at DESC, d.id DESC LIMIT $11) m
      ORDER BY m.died_at DESC, m.id DESC
      """
          .formatted(COLUMNS);

  private static final String BEHIND = "(d.died_at, d.id) < ($9::timestamptz, $10::uuid)";
  private static final String FROM_THE_START = "$9::timestamptz IS NULL AND $10::uuid IS NULL";

  private static final String FIND =
      "SELECT %s FROM dead_letter m WHERE m.id = $1".formatted(COLUMNS);

  private static final String HISTORY =
      """
      SELECT attempt, failed_at, reason FROM failure WHERE message = $1
      ORDER BY attempt, failed_at LIMIT 1000
      """;

  private static final String COUNT = "SELECT count(*) FROM dead_letter d WHERE %s";

  private static final String DELETE =
      """
      WITH gone AS (
        DELETE FROM dead_letter WHERE id = ANY (ARRAY(
          SELECT d.id FROM dead_letter d WHERE %s LIMIT $9 FOR UPDATE))
        RETURNING id),
      forgotten AS (DELETE FROM failure WHERE message = ANY (ARRAY(SELECT id FROM gone)))
      SELECT count(*) FROM gone
      """;

  private final Pool pool;

  PostgresDeadLetters(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Uni<Set<MessageId>> add(List<DeadLetter> letters) {
    if (letters.isEmpty()) {
      return Uni.createFrom().item(Set.of());
    }
    if (letters.size() > MOST_ADDED) {
      throw new IllegalArgumentException("more letters than one statement takes");
    }
    return DatabaseFailure.translated(pool, PATIENCE, () -> new BuriedLetters(pool).add(letters));
  }

  @Override
  public Uni<List<DeadLetter>> list(DeadLetterFilter filter, Optional<Cursor> after, int limit) {
    Tuple parameters =
        DeadLetterSql.parameters(filter)
            .addValue(after.map(cursor -> cursor.diedAt().atOffset(ZoneOffset.UTC)).orElse(null))
            .addValue(after.map(cursor -> cursor.id().value()).orElse(null))
            .addLong((long) limit);
    String list =
        LIST.formatted(
            DeadLetterSql.matches(parameters), after.isPresent() ? BEHIND : FROM_THE_START);
    return DatabaseFailure.translated(
        pool, PATIENCE, () -> pool.preparedQuery(list).execute(parameters).map(rows -> read(rows)));
  }

  private static List<DeadLetter> read(RowSet<Row> rows) {
    List<DeadLetter> letters = new ArrayList<>(rows.size());
    rows.forEach(row -> letters.add(read(row, List.of())));
    return letters;
  }

  private static DeadLetter read(Row row, List<DeadLetter.FailedAttempt> history) {
    Message message = MessageRow.read(row);
    return new DeadLetter(
        message,
        row.getString(10),
        DeadLetterClass.ofCode(row.getString(11)).orElseThrow(),
        row.getString(12),
        row.getShort(13),
        row.getOffsetDateTime(14).toInstant(),
        history);
  }

  @Override
  public Uni<Optional<DeadLetter>> find(MessageId id) {
    return DatabaseFailure.translated(
        () ->
            pool.preparedQuery(FIND)
                .execute(Tuple.of(id.value()))
                .compose(
                    rows ->
                        rows.size() == 0
                            ? Future.succeededFuture(Optional.<DeadLetter>empty())
                            : history(id)
                                .map(it -> Optional.of(read(rows.iterator().next(), it)))));
  }

  private Future<List<DeadLetter.FailedAttempt>> history(MessageId id) {
    return pool.preparedQuery(HISTORY)
        .execute(Tuple.of(id.value()))
        .map(
            rows -> {
              List<DeadLetter.FailedAttempt> history = new ArrayList<>();
              for (Row row : rows) {
                history.add(
                    new DeadLetter.FailedAttempt(
                        row.getShort(0), row.getOffsetDateTime(1).toInstant(), row.getString(2)));
              }
              return history;
            });
  }

  @Override
  public Uni<Long> count(DeadLetterFilter filter) {
    Tuple parameters = DeadLetterSql.parameters(filter);
    String count = COUNT.formatted(DeadLetterSql.matches(parameters));
    return DatabaseFailure.translated(
        pool,
        PATIENCE,
        () ->
            pool.preparedQuery(count)
                .execute(parameters)
                .map(rows -> rows.iterator().next().getLong(0)));
  }

  @Override
  public Uni<Long> delete(DeadLetterFilter filter) {
    Tuple parameters = DeadLetterSql.parameters(filter).addLong((long) STEP);
    String delete = DELETE.formatted(DeadLetterSql.matches(parameters));
    return DatabaseFailure.translated(pool, DELETE_PATIENCE, () -> deleteOn(0, delete, parameters));
  }

  private Future<Long> deleteOn(long before, String delete, Tuple parameters) {
    return pool.preparedQuery(delete)
        .execute(parameters)
        .map(rows -> rows.iterator().next().getLong(0))
        .compose(
            gone ->
                gone < STEP
                    ? Future.succeededFuture(before + gone)
                    : deleteOn(before + gone, delete, parameters));
  }
}
