package io.posthaste.store;

import io.posthaste.consumer.Consumer;
import io.posthaste.consumer.ConsumerName;
import io.posthaste.consumer.ConsumerStore;
import io.posthaste.consumer.Kind;
import io.posthaste.database.DatabaseFailure;
import io.posthaste.database.Notifications;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Definitions of consumers in the table {@code consumer}. */
@ApplicationScoped
class PostgresConsumerStore implements ConsumerStore {
  private static final String TOPIC = "consumer";

  private static final String SELECT =
      """
      SELECT q.id, q.name, c.name, c.kind, c.settings, c.created_at, c.changed_at
      FROM queue q JOIN consumer c ON c.queue = q.id
      """;
  private static final String FIND = SELECT + "WHERE c.queue = $1 AND c.name = $2";
  private static final String LIST =
      SELECT + "WHERE c.queue = $1 AND c.name > $2 ORDER BY c.name LIMIT $3";
  private static final String OF_QUEUES = SELECT + "WHERE q.name = ANY ($1::text[])";

  // The queue's row is locked against its deletion, which would take the consumer along
  private static final String PUT =
      """
      WITH q AS MATERIALIZED (SELECT id, name FROM queue WHERE id = $1 FOR KEY SHARE),
      put AS (
        INSERT INTO consumer AS c (queue, name, kind, settings, created_at, changed_at)
        SELECT id, $2, $3, $4, now(), now() FROM q
        ON CONFLICT (queue, name) DO UPDATE
        SET kind = excluded.kind, settings = excluded.settings, changed_at = now()
        RETURNING c.*, xmax = 0 AS created)
      SELECT q.id, q.name, p.name, p.kind, p.settings, p.created_at, p.changed_at, p.created
      FROM q, put p
      """;
  private static final String DELETE = "DELETE FROM consumer WHERE queue = $1 AND name = $2";

  private final Pool pool;
  private final Notifications notifications;

  PostgresConsumerStore(Pool pool, Notifications notifications) {
    this.pool = pool;
    this.notifications = notifications;
  }

  @Override
  public Uni<Optional<Put>> put(Queue queue, ConsumerName name, Kind kind) {
    return query(PUT, Tuple.of(queue.id(), name.value(), kind.code(), settings(kind)))
        .map(
            rows -> {
              for (Row row : rows) {
                return Optional.of(new Put(read(row), row.getBoolean(7)));
              }
              return Optional.<Put>empty();
            })
        .invoke(() -> tell(queue));
  }

  private static JsonObject settings(Kind kind) {
    JsonObject settings = new JsonObject();
    kind.settings().forEach(settings::put);
    return settings;
  }

  private static Kind kind(String code, JsonObject settings) {
    return switch (code) {
      case Kind.Amqp.CODE ->
          new Kind.Amqp(settings.getString("exchange"), settings.getString("routingKey"));
      default -> throw new IllegalStateException("unknown kind of consumer " + code);
    };
  }

  private static Consumer read(Row row) {
    return new Consumer(
        row.getInteger(0),
        new QueueName(row.getString(1)),
        new ConsumerName(row.getString(2)),
        kind(row.getString(3), row.getJsonObject(4)),
        row.getOffsetDateTime(5).toInstant(),
        row.getOffsetDateTime(6).toInstant());
  }

  @Override
  public Uni<Optional<Consumer>> find(Queue queue, ConsumerName name) {
    return query(FIND, Tuple.of(queue.id(), name.value()))
        .map(rows -> read(rows).stream().findFirst());
  }

  @Override
  public Uni<List<Consumer>> list(Queue queue, Optional<ConsumerName> after, int limit) {
    return query(
            LIST, Tuple.of(queue.id(), after.map(ConsumerName::value).orElse(""), (long) limit))
        .map(PostgresConsumerStore::read);
  }

  @Override
  public Uni<List<Consumer>> all(Optional<Set<QueueName>> queues) {
    return queues
        .map(
            names ->
                query(
                    OF_QUEUES,
                    Tuple.tuple()
                        .addValue(names.stream().map(QueueName::value).toArray(String[]::new))))
        .orElseGet(() -> query(SELECT, Tuple.tuple()))
        .map(PostgresConsumerStore::read);
  }

  // While versions of Posthaste run side by side, a newer one may know kinds that this does not
  private static List<Consumer> read(RowSet<Row> rows) {
    List<Consumer> consumers = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (row.getString(3).equals(Kind.Amqp.CODE)) {
        consumers.add(read(row));
      }
    }
    return consumers;
  }

  @Override
  public Uni<Boolean> delete(Queue queue, ConsumerName name) {
    return query(DELETE, Tuple.of(queue.id(), name.value()))
        .map(rows -> rows.rowCount() > 0)
        .invoke(() -> tell(queue));
  }

  @Override
  public void onChange(java.util.function.Consumer<Optional<QueueName>> listener) {
    notifications.listen(TOPIC, (_, name) -> listener.accept(Optional.of(new QueueName(name))));
    notifications.onLoss(() -> listener.accept(Optional.empty()));
  }

  private void tell(Queue queue) {
    notifications.say(TOPIC, queue.name().value());
  }

  private Uni<RowSet<Row>> query(String sql, Tuple parameters) {
    return DatabaseFailure.translated(() -> pool.preparedQuery(sql).execute(parameters));
  }
}
