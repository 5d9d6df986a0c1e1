package io.posthaste.outbox;

import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Deliverable;
import io.posthaste.queue.Move;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Relay;
import io.posthaste.store.MessageRow;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * One step of moving a provider's due messages into its broker: locks some, publishes them, and
 * deletes those that are confirmed, in one transaction. Rows that another replica works on are
 * skipped; those of a replica that died are free again with its connection.
 */
final class MoveStep {
  static final int MOST = 500;
  private static final long MOST_BYTES = 8 * 1024 * 1024;

  private static final String LOCK =
      """
      WITH taken AS MATERIALIZED (
        SELECT id, queue, size FROM outbox
        WHERE provider = $1 AND next_try <= coalesce($2::timestamptz, now())
        ORDER BY next_try, id LIMIT %d FOR UPDATE SKIP LOCKED),
      ahead AS (
        SELECT (SELECT extract(epoch FROM next_try - coalesce($2::timestamptz, now())) * 1000000
          FROM outbox WHERE provider = $1 AND next_try > coalesce($2::timestamptz, now())
          ORDER BY next_try LIMIT 1)::bigint AS micros)
      SELECT a.micros, t.id, t.queue, t.size FROM ahead a LEFT JOIN taken t ON true
      """
          .formatted(MOST);

  // Behind the locks, so that it sees what was committed before them
  private static final String READ =
      """
      SELECT %s, m.queue, m.attempt, m.first_due, m.expires, m.entry
      FROM outbox m JOIN unnest($1::uuid[], $2::int[]) AS u(id, queue)
        ON m.id = u.id AND m.queue = u.queue
      ORDER BY m.due, m.entry
      """
          .formatted(MessageRow.COLUMNS);

  // A broker may deliver the original of a retry again: its number must be known by then
  private static final String REMOVE =
      """
      WITH gone AS (
        DELETE FROM outbox o USING unnest($1::uuid[], $2::int[], $3::uuid[]) AS u(id, queue, copy)
        WHERE o.id = u.id AND o.queue = u.queue
        RETURNING o.id, o.queue, o.entry, o.attempt, u.copy)
      INSERT INTO moved AS m (message, queue, entry, copy, moved_at)
      SELECT id, queue, entry, copy, coalesce($4::timestamptz, now()) FROM gone
      WHERE attempt > 0 ORDER BY id, queue
      ON CONFLICT (message, queue) DO UPDATE
        SET entry = excluded.entry, copy = excluded.copy, moved_at = excluded.moved_at
        WHERE m.entry < excluded.entry
      """;

  // Where it failed before, its history is known already. One whose id another letter has gets an
  // id of its own
  private static final String BURY =
      """
      WITH gone AS (
        DELETE FROM outbox o
        USING unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS u(id, queue, name, reason)
        WHERE o.id = u.id AND o.queue = u.queue RETURNING o.*, u.name, u.reason),
      named AS (
        SELECT gone.*, row_number() OVER (PARTITION BY id ORDER BY queue) > 1
          OR EXISTS (SELECT FROM dead_letter d WHERE d.id = gone.id) AS taken FROM gone)
      INSERT INTO dead_letter (id, queue, class, reason, attempts, died_at, enqueued_at, priority,
        group_name, type, content_type, correlation_id, deduplication_id, headers, payload)
      SELECT CASE WHEN taken THEN gen_random_uuid() ELSE id END, name, '%s', reason, attempt,
        coalesce($5::timestamptz, now()), enqueued_at, priority, group_name, type, content_type,
        correlation_id, deduplication_id, headers, payload
      FROM named ORDER BY id
      """
          .formatted(DeadLetterClass.POISON.code());

  private static final String POSTPONE =
      """
      UPDATE outbox SET next_try = coalesce($4::timestamptz, now()) + u.micros * interval '1 microsecond'
      FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS u(id, queue, micros)
      WHERE outbox.id = u.id AND outbox.queue = u.queue
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final Supplier<Queues> queues;
  private final QueueEvents events;
  private final Supplier<UUID> copies;

  MoveStep(
      Pool pool,
      StoreClock clock,
      Supplier<Queues> queues,
      QueueEvents events,
      Supplier<UUID> copies) {
    this.pool = pool;
    this.clock = clock;
    this.queues = queues;
    this.events = events;
    this.copies = copies;
  }

  /**
   * What a step has led to.
   *
   * @param more whether there may be more that is due
   * @param aheadMicros when the next falls due; negative when nothing else waits
   */
  record Result(int moved, boolean more, long aheadMicros) {}

  /** A message that is locked, where it goes, and what marks it. */
  record Due(int queue, Deliverable message) {
    Stay stay() {
      return new Stay(message.message().id().value(), queue);
    }
  }

  /** Locks what is due, publishes it, and deletes what the broker confirmed. */
  Future<Result> run(Relay relay, Publication publication) {
    List<Publication.Refused> buried = new ArrayList<>();
    return pool.withTransaction(
            connection ->
                connection
                    .preparedQuery(LOCK)
                    .execute(Tuple.of(relay.name(), clock.override()))
                    .compose(locked -> move(connection, locked, publication, buried)))
        .onSuccess(_ -> buried.forEach(one -> events.dead(one.queue(), DeadLetterClass.POISON, 1)));
  }

  private Future<Result> move(
      SqlConnection connection,
      RowSet<Row> locked,
      Publication publication,
      List<Publication.Refused> buried) {
    Row first = locked.iterator().next();
    Long micros = first.getLong(0);
    long ahead = micros == null ? -1 : micros;
    if (first.getUUID(1) == null) {
      return Future.succeededFuture(new Result(0, false, ahead));
    }
    Map<Stay, Long> paused = new LinkedHashMap<>();
    List<Stay> chosen = choose(locked, publication, paused);
    boolean more = locked.size() == MOST || chosen.size() + paused.size() < locked.size();
    return read(connection, chosen)
        .compose(due -> publish(due, publication))
        .compose(
            outcome -> {
              paused.putAll(outcome.postponed());
              buried.addAll(outcome.refused());
              return remove(connection, outcome.settled())
                  .compose(_ -> bury(connection, outcome.refused()))
                  .compose(_ -> postpone(connection, paused))
                  .map(new Result(outcome.settled().size(), more, ahead));
            });
  }

  /** As many as one step may hold in memory; of queues that are paused none. */
  private static List<Stay> choose(
      RowSet<Row> locked, Publication publication, Map<Stay, Long> paused) {
    List<Stay> chosen = new ArrayList<>();
    long bytes = 0;
    for (Row row : locked) {
      Stay stay = new Stay(row.getUUID(1), row.getInteger(2));
      long pause = publication.pauseMicros(stay.queue());
      if (pause > 0) {
        paused.put(stay, pause);
      } else if (chosen.isEmpty() || bytes + row.getInteger(3) <= MOST_BYTES) {
        chosen.add(stay);
        bytes += row.getInteger(3);
      }
    }
    return chosen;
  }

  private Future<List<Due>> read(SqlConnection connection, List<Stay> stays) {
    if (stays.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return connection
        .preparedQuery(READ)
        .execute(places(stays))
        .map(
            rows -> {
              List<Due> due = new ArrayList<>();
              rows.forEach(row -> due.add(due(row)));
              return due;
            });
  }

  private Due due(Row row) {
    OffsetDateTime expires = row.getOffsetDateTime(13);
    return new Due(
        row.getInteger(10),
        new Deliverable(
            MessageRow.read(row),
            row.getShort(11),
            row.getOffsetDateTime(12).toInstant(),
            expires == null ? null : expires.toInstant(),
            new Move(row.getLong(14), copies.get())));
  }

  private Future<Publication.Outcome> publish(List<Due> due, Publication publication) {
    if (due.isEmpty()) {
      return Future.succeededFuture(Publication.Outcome.NOTHING);
    }
    Set<Integer> ids = new java.util.HashSet<>();
    due.forEach(it -> ids.add(it.queue()));
    return Future.fromCompletionStage(
        queues
            .get()
            .byId(ids)
            .flatMap(known -> publication.publish(byQueue(due, known)))
            .subscribeAsCompletionStage());
  }

  // Those of queues that are gone come under no queue
  private static Map<java.util.Optional<Queue>, List<Due>> byQueue(
      List<Due> due, Map<Integer, Queue> known) {
    Map<java.util.Optional<Queue>, List<Due>> byQueue = new LinkedHashMap<>();
    for (Due it : due) {
      byQueue
          .computeIfAbsent(
              java.util.Optional.ofNullable(known.get(it.queue())), _ -> new ArrayList<>())
          .add(it);
    }
    return byQueue;
  }

  private static Tuple places(Collection<Stay> stays) {
    return Tuple.tuple().addValue(Stay.ids(stays)).addValue(Stay.queues(stays));
  }

  private Future<?> remove(SqlConnection connection, List<Due> settled) {
    return settled.isEmpty()
        ? Future.succeededFuture()
        : connection
            .preparedQuery(REMOVE)
            .execute(
                places(settled.stream().map(Due::stay).toList())
                    .addValue(
                        settled.stream().map(it -> it.message().move().copy()).toArray(UUID[]::new))
                    .addValue(clock.override()));
  }

  private Future<?> bury(SqlConnection connection, List<Publication.Refused> refused) {
    return refused.isEmpty()
        ? Future.succeededFuture()
        : connection
            .preparedQuery(BURY)
            .execute(
                places(refused.stream().map(it -> it.due().stay()).toList())
                    .addValue(refused.stream().map(it -> it.queue().value()).toArray(String[]::new))
                    .addValue(
                        refused.stream().map(Publication.Refused::reason).toArray(String[]::new))
                    .addValue(clock.override()));
  }

  private Future<?> postpone(SqlConnection connection, Map<Stay, Long> postponed) {
    return postponed.isEmpty()
        ? Future.succeededFuture()
        : connection
            .preparedQuery(POSTPONE)
            .execute(
                places(postponed.keySet())
                    .addValue(postponed.values().toArray(Long[]::new))
                    .addValue(clock.override()));
  }
}
