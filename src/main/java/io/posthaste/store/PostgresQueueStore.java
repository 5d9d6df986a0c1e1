package io.posthaste.store;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.database.Notifications;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueStore;
import io.posthaste.queue.Queues;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** Definitions of queues in the table {@code queue}. */
@ApplicationScoped
class PostgresQueueStore implements QueueStore {
  private static final String TOPIC = "queue";

  private static final String FIND =
      "SELECT %s FROM queue WHERE name = $1".formatted(QueueRow.COLUMNS);
  private static final String FIND_ALL =
      "SELECT %s FROM queue WHERE id = ANY ($1::int[])".formatted(QueueRow.COLUMNS);
  private static final String LIST =
      "SELECT %s FROM queue WHERE name > $1 ORDER BY name LIMIT $2".formatted(QueueRow.COLUMNS);
  private static final String INSERT =
      """
      INSERT INTO queue (name, provider, created_at, changed_at, %s)
      VALUES ($1, $2, now(), now(), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
      ON CONFLICT (name) DO NOTHING RETURNING %s
      """
          .formatted(QueueRow.POLICY_COLUMNS, QueueRow.COLUMNS);
  private static final String UPDATE =
      """
      UPDATE queue SET (changed_at, %s) =
        ROW (now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
      WHERE id = $1 RETURNING %s
      """
          .formatted(QueueRow.POLICY_COLUMNS, QueueRow.COLUMNS);

  /**
   * Every statement that stores messages reads this table in a way that excludes the lock: those
   * before it have ended when it is granted, those behind it take their snapshot after the commit.
   * One lock for all queues, held for a millisecond; a lock on the queue's own row would have each
   * of thousands of sends a second write that row.
   */
  private static final String SHUT_OUT_SENDS =
      "SET LOCAL lock_timeout = '500ms'; LOCK TABLE deleted_queue IN EXCLUSIVE MODE";

  private static final int TRIES = 3;

  private static final String DELETE =
      """
      WITH gone AS (
        DELETE FROM queue WHERE id = $1 AND ($2 OR NOT (
          EXISTS (SELECT FROM ready WHERE queue = $1)
          OR EXISTS (SELECT FROM lease WHERE queue = $1)
          OR EXISTS (SELECT FROM message WHERE queue = $1 AND position IS NOT NULL)))
        RETURNING id, provider, name),
      noted AS (INSERT INTO deleted_queue (id, deleted_at) SELECT id, now() FROM gone),
      left_there AS (
        INSERT INTO left_queue (id, provider, name, claimed_until)
        SELECT id, provider, name, now() + $3 * interval '1 microsecond' FROM gone)
      SELECT EXISTS (SELECT FROM gone), EXISTS (SELECT FROM queue WHERE id = $1)
      """;

  // An older version may have defined the name anew; its queue is not ours to drop
  private static final String CLAIM_LEFT =
      """
      WITH left_there AS MATERIALIZED (
        SELECT l.id, l.claimed_until > now() AS claimed, EXISTS (
          SELECT FROM queue q WHERE q.name = l.name AND q.provider = l.provider) AS anew
        FROM left_queue l WHERE l.provider = $1 AND ($2::text IS NULL OR l.name = $2)
        ORDER BY l.claimed_until LIMIT 1 FOR UPDATE OF l),
      taken_over AS (
        DELETE FROM left_queue WHERE id IN (SELECT id FROM left_there WHERE anew AND NOT claimed)),
      own AS (
        UPDATE left_queue SET claimed_until = now() + $3 * interval '1 microsecond'
        WHERE id IN (SELECT id FROM left_there WHERE NOT anew AND NOT claimed) RETURNING id, name)
      SELECT (SELECT id FROM own), (SELECT name FROM own),
        EXISTS (SELECT FROM left_there WHERE claimed)
      """;

  private static final String DROPPED = "DELETE FROM left_queue WHERE id = $1";

  private final Pool pool;
  private final Notifications notifications;

  PostgresQueueStore(Pool pool, Notifications notifications) {
    this.pool = pool;
    this.notifications = notifications;
  }

  @Override
  public Uni<Optional<Queue>> find(QueueName name) {
    return query(FIND, Tuple.of(name.value())).map(PostgresQueueStore::first);
  }

  @Override
  public Uni<List<Queue>> findAll(Collection<Integer> ids) {
    return query(FIND_ALL, Tuple.tuple().addValue(ids.toArray(Integer[]::new)))
        .map(PostgresQueueStore::all);
  }

  @Override
  public Uni<List<Queue>> list(Optional<QueueName> after, int limit) {
    return query(LIST, Tuple.of(after.map(QueueName::value).orElse(""), (long) limit))
        .map(PostgresQueueStore::all);
  }

  @Override
  public Uni<Optional<Queue>> insert(QueueName name, String provider, QueuePolicy policy) {
    return query(INSERT, QueueRow.add(Tuple.of(name.value(), provider), policy))
        .map(PostgresQueueStore::first)
        .invoke(() -> tell(name));
  }

  @Override
  public Uni<Optional<Queue>> update(Queue queue, QueuePolicy policy) {
    return query(UPDATE, QueueRow.add(Tuple.of(queue.id()), policy))
        .map(PostgresQueueStore::first)
        .invoke(() -> tell(queue.name()));
  }

  @Override
  public Uni<Deletion> delete(Queue queue, Queues.Removal removal) {
    Tuple parameters =
        Tuple.of(queue.id(), removal == Queues.Removal.WITH_MESSAGES, Micros.of(CLAIM));
    return DatabaseFailure.translated(() -> delete(parameters, TRIES))
        .invoke(() -> tell(queue.name()));
  }

  // Sends wait behind a deletion that waits itself, so it steps aside and tries again
  private Future<Deletion> delete(Tuple parameters, int tries) {
    return pool.withTransaction(
            open ->
                open.query(SHUT_OUT_SENDS)
                    .execute()
                    .compose(_ -> open.preparedQuery(DELETE).execute(parameters)))
        .map(rows -> deletion(Objects.requireNonNull(rows).iterator().next()))
        .recover(
            failure ->
                tries > 1 && DatabaseFailure.lockNotGranted(failure)
                    ? delete(parameters, tries - 1)
                    : Future.failedFuture(failure));
  }

  private static Deletion deletion(Row row) {
    if (row.getBoolean(0)) {
      return Deletion.DELETED;
    }
    return row.getBoolean(1) ? Deletion.NOT_EMPTY : Deletion.MISSING;
  }

  @Override
  public Uni<Left> claimLeft(String provider, Optional<QueueName> name) {
    Tuple parameters =
        Tuple.of(provider, name.map(QueueName::value).orElse(null), Micros.of(CLAIM));
    return query(CLAIM_LEFT, parameters).map(rows -> left(provider, rows.iterator().next()));
  }

  private static Left left(String provider, Row row) {
    Optional<Queue> claimed =
        Optional.ofNullable(row.getInteger(0))
            .map(
                id ->
                    new Queue(
                        id,
                        new QueueName(row.getString(1)),
                        provider,
                        QueuePolicy.DEFAULT,
                        Instant.EPOCH,
                        Instant.EPOCH));
    return new Left(claimed, row.getBoolean(2));
  }

  @Override
  public Uni<Void> dropped(Queue queue) {
    return query(DROPPED, Tuple.of(queue.id())).replaceWithVoid();
  }

  @Override
  public void onChange(Consumer<Optional<QueueName>> listener) {
    notifications.listen(TOPIC, (_, name) -> listener.accept(Optional.of(new QueueName(name))));
    notifications.onLoss(() -> listener.accept(Optional.empty()));
  }

  private void tell(QueueName name) {
    notifications.say(TOPIC, name.value());
  }

  private Uni<RowSet<Row>> query(String sql, Tuple parameters) {
    return DatabaseFailure.translated(() -> pool.preparedQuery(sql).execute(parameters));
  }

  private static Optional<Queue> first(RowSet<Row> rows) {
    return all(rows).stream().findFirst();
  }

  private static List<Queue> all(RowSet<Row> rows) {
    List<Queue> queues = new ArrayList<>(rows.size());
    rows.forEach(row -> queues.add(QueueRow.read(row)));
    return queues;
  }
}
