package io.posthaste.outbox;

import io.posthaste.message.MessageId;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.StoredMessage;
import io.posthaste.store.MessageRow;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks at what waits without touching it. */
final class OutboxLook {
  private static final String STORED =
      """
      SELECT %s, m.due, m.attempt, m.due > coalesce($1::timestamptz, now()) AS delayed FROM outbox m
      """
          .formatted(MessageRow.COLUMNS);

  private static final String PEEK = STORED + "WHERE m.queue = $2 ORDER BY m.due, m.id LIMIT $3";

  private static final String PEEK_STATE =
      STORED
          + """
          WHERE m.queue = $2 AND (m.due > coalesce($1::timestamptz, now())) = $4
          ORDER BY m.due, m.id LIMIT $3
          """;

  private static final String FIND = STORED + "WHERE m.queue = $2 AND m.id = $3";

  private static final String COUNT =
      """
      SELECT count(*) FILTER (WHERE o.due > at.now), count(*) FILTER (WHERE o.due <= at.now),
        min(o.due), at.now
      FROM (SELECT coalesce($1::timestamptz, now()) AS now) at
        LEFT JOIN outbox o ON o.queue = $2 GROUP BY at.now
      """;

  private static final String OVERVIEW =
      """
      SELECT count(*) FILTER (WHERE o.due > at.now), count(*) FILTER (WHERE o.due <= at.now),
        min(o.due), at.now, q.name
      FROM (SELECT coalesce($1::timestamptz, now()) AS now) at CROSS JOIN outbox o
        JOIN queue q ON q.id = o.queue
      WHERE o.provider = $2 GROUP BY q.name, at.now
      """;

  private final Pool pool;
  private final StoreClock clock;

  OutboxLook(Pool pool, StoreClock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  Future<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    Tuple parameters = Tuple.of(clock.override(), queue.id(), (long) limit);
    if (state.isPresent()) {
      parameters.addBoolean(state.get() == MessageState.DELAYED);
    }
    return pool.preparedQuery(state.isPresent() ? PEEK_STATE : PEEK)
        .execute(parameters)
        .map(
            rows -> {
              List<StoredMessage> found = new ArrayList<>();
              rows.forEach(row -> found.add(read(row)));
              return found;
            });
  }

  Future<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(clock.override(), queue.id(), id.value()))
        .map(
            rows -> {
              for (Row row : rows) {
                return Optional.of(read(row));
              }
              return Optional.empty();
            });
  }

  private static StoredMessage read(Row row) {
    return new StoredMessage(
        MessageRow.read(row),
        row.getBoolean(12) ? MessageState.DELAYED : MessageState.AVAILABLE,
        row.getOffsetDateTime(10).toInstant(),
        row.getShort(11));
  }

  Future<Waiting> count(Queue queue) {
    return pool.preparedQuery(COUNT)
        .execute(Tuple.of(clock.override(), queue.id()))
        .map(rows -> waiting(rows.iterator().next()));
  }

  Future<Map<QueueName, Waiting>> overview(String provider) {
    return pool.preparedQuery(OVERVIEW)
        .execute(Tuple.of(clock.override(), provider))
        .map(
            rows -> {
              Map<QueueName, Waiting> all = new HashMap<>();
              rows.forEach(row -> all.put(new QueueName(row.getString(4)), waiting(row)));
              return all;
            });
  }

  private static Waiting waiting(Row row) {
    OffsetDateTime oldest = row.getOffsetDateTime(2);
    OffsetDateTime now = row.getOffsetDateTime(3);
    return new Waiting(
        row.getLong(0),
        row.getLong(1),
        oldest == null || oldest.isAfter(now) ? null : Duration.between(oldest, now));
  }
}
