package io.posthaste.provider.postgres;

import io.posthaste.message.Delivery;
import io.posthaste.message.Message;
import io.posthaste.message.UuidV7;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.ReceiveRequest.Handover;
import io.posthaste.store.MessageRow;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Takes messages out of {@code ready} and puts them under leases, in one transaction with a pause
 * in the middle.
 *
 * <p>{@link #take} deletes the ready rows; then the caller sees who still waits; {@link #grant}
 * writes their leases, puts back what nobody waits for any more, and commits. A service that dies
 * in between has taken nothing: its connection closes and PostgreSQL rolls back.
 *
 * <p>A service killed after the commit and before the response was written leaves leases that
 * nobody has confirmed; those are taken back a few seconds later, see {@link Handovers}.
 */
final class Claim {
  /** No more than this is held for one claim, so that memory stays bounded. */
  static final int MOST_BYTES = 16 * 1024 * 1024;

  private static final int MESSAGES_PER_LEASE = 100;

  private static final String TAKE =
      """
      WITH want AS (
        SELECT * FROM unnest($1::int[], $2::smallint[], $3::timestamptz[], $4::int[], $5::bigint[])
          AS w(queue, priority, since, most, retention_us)),
      seen AS MATERIALIZED (
        SELECT r.at, w.queue, w.priority, r.due, r.id, r.size, w.most
        FROM want w CROSS JOIN LATERAL (
          SELECT y.ctid AS at, y.due, y.id, y.size FROM ready y
          WHERE y.queue = w.queue AND y.priority = w.priority
            AND y.due >= greatest(w.since,
              coalesce($7::timestamptz, now()) - w.retention_us * interval '1 microsecond')
            AND y.due <= coalesce($7::timestamptz, now())
            AND (y.expires IS NULL OR y.expires > coalesce($7::timestamptz, now()))
          ORDER BY y.due, y.id LIMIT w.most FOR UPDATE SKIP LOCKED) r),
      ranked AS (
        SELECT at, most, size,
          row_number() OVER (PARTITION BY queue ORDER BY priority DESC, due, id) AS rank,
          sum(size) OVER (ORDER BY queue, priority DESC, due, id) AS bytes
        FROM seen),
      taken AS (
        DELETE FROM ready WHERE ctid = ANY (ARRAY(
          SELECT at FROM ranked WHERE rank <= most AND bytes - size < $6))
        RETURNING id)
      SELECT %s, m.queue, m.attempt, m.due
      FROM message m WHERE m.id = ANY (ARRAY(SELECT id FROM taken))
      """
          .formatted(MessageRow.COLUMNS);

  private static final String LEASE =
      """
      INSERT INTO lease (queue, id, until, messages, confirm_by)
      SELECT min(l.queue), l.id, coalesce($5::timestamptz, now()) + min(l.us) * interval '1 microsecond',
        array_agg(l.message),
        CASE WHEN bool_or(l.announced) THEN coalesce($5::timestamptz, now()) + interval '%d s' END
      FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $6::boolean[])
        AS l(queue, id, us, message, announced)
      GROUP BY l.id RETURNING id, until
      """
          .formatted(Handovers.CONFIRM_WITHIN.toSeconds());

  private static final String PUT_BACK =
      """
      INSERT INTO ready (queue, priority, due, id, size, expires)
      SELECT queue, priority, due, id, length(payload), expires
      FROM message WHERE id = ANY ($1::uuid[])
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final UuidV7 leaseIds;
  private final BooleanSupplier confirmable;

  /**
   * @param confirmable whether the replica can tell of what it hands over
   */
  Claim(Pool pool, StoreClock clock, UuidV7 leaseIds, BooleanSupplier confirmable) {
    this.pool = pool;
    this.clock = clock;
    this.leaseIds = leaseIds;
    this.confirmable = confirmable;
  }

  /** Up to {@code most} messages of a queue and priority, due at {@code sinceMicros} or later. */
  record Want(int queue, int priority, long sinceMicros, int most, Duration retention) {}

  /** A message out of the ready rows, in nobody's hands yet. */
  record Taken(int queue, Message message, int attempt, long dueMicros) {
    int priority() {
      return message.content().priority();
    }
  }

  /** What one receiver is to get. */
  record Grant(int queue, List<Taken> messages, ReceiveRequest request) {}

  /** An open transaction that holds what was taken. */
  record Open(SqlConnection connection, List<Taken> taken) {}

  Future<Open> take(List<Want> wants) {
    return pool.getConnection()
        .compose(
            connection -> {
              // Not awaited: both travel together
              connection.query("BEGIN").execute();
              return connection
                  .preparedQuery(TAKE)
                  .execute(parameters(wants))
                  .map(rows -> new Open(connection, read(rows)))
                  .onFailure(_ -> abandon(connection));
            });
  }

  private Tuple parameters(List<Want> wants) {
    int size = wants.size();
    Integer[] queues = new Integer[size];
    Short[] priorities = new Short[size];
    OffsetDateTime[] since = new OffsetDateTime[size];
    Integer[] most = new Integer[size];
    Long[] retention = new Long[size];
    for (int i = 0; i < size; i++) {
      Want want = wants.get(i);
      queues[i] = want.queue();
      priorities[i] = (short) want.priority();
      since[i] = Micros.moment(want.sinceMicros());
      most[i] = want.most();
      retention[i] = Micros.of(want.retention());
    }
    return Tuple.tuple()
        .addValue(queues)
        .addValue(priorities)
        .addValue(since)
        .addValue(most)
        .addValue(retention)
        .addValue((long) MOST_BYTES)
        .addValue(clock.override());
  }

  private static List<Taken> read(RowSet<Row> rows) {
    List<Taken> taken = new ArrayList<>(rows.size());
    for (Row row : rows) {
      taken.add(
          new Taken(
              row.getInteger(10),
              MessageRow.read(row),
              row.getShort(11),
              Micros.of(row.getOffsetDateTime(12))));
    }
    return taken;
  }

  /** Commits; each grant's deliveries, in the order of the grants. */
  Future<List<List<Delivery>>> grant(Open open, List<Grant> grants, List<Taken> putBack) {
    SqlConnection connection = open.connection();
    Leases leases = new Leases(grants);
    Future<RowSet<Row>> leased =
        grants.isEmpty()
            ? Future.succeededFuture()
            : connection.preparedQuery(LEASE).execute(leases.parameters());
    Future<?> restored =
        putBack.isEmpty()
            ? Future.succeededFuture()
            : connection.preparedQuery(PUT_BACK).execute(Tuple.of(ids(putBack)));
    // What has failed before makes PostgreSQL roll back, which it does not call a failure
    return connection
        .query("COMMIT")
        .execute()
        .compose(_ -> restored)
        .compose(_ -> leased)
        .map(rows -> grants.isEmpty() ? List.<List<Delivery>>of() : leases.deliveries(rows))
        .onComplete(_ -> connection.close());
  }

  private static UUID[] ids(List<Taken> taken) {
    return taken.stream().map(it -> it.message().id().value()).toArray(UUID[]::new);
  }

  private static void abandon(SqlConnection connection) {
    connection.query("ROLLBACK").execute().onComplete(_ -> connection.close());
  }

  /** Which message lies under which lease. */
  private final class Leases {
    private final List<Grant> grants;
    private final List<UUID> leaseOf = new ArrayList<>();

    Leases(List<Grant> grants) {
      this.grants = grants;
      for (Grant grant : grants) {
        UUID id = leaseIds.next();
        for (int i = 0; i < grant.messages().size(); i++) {
          if (i > 0 && i % MESSAGES_PER_LEASE == 0) {
            id = leaseIds.next();
          }
          leaseOf.add(id);
        }
      }
    }

    Tuple parameters() {
      int size = leaseOf.size();
      Integer[] queues = new Integer[size];
      Long[] micros = new Long[size];
      UUID[] messages = new UUID[size];
      Boolean[] announced = new Boolean[size];
      boolean canConfirm = confirmable.getAsBoolean();
      int i = 0;
      for (Grant grant : grants) {
        Long lease = Micros.of(grant.request().lease());
        Boolean unconfirmed = canConfirm && grant.request().handover() == Handover.ANNOUNCED;
        for (Taken taken : grant.messages()) {
          queues[i] = grant.queue();
          micros[i] = lease;
          announced[i] = unconfirmed;
          messages[i++] = taken.message().id().value();
        }
      }
      return Tuple.tuple()
          .addValue(queues)
          .addValue(leaseOf.toArray(UUID[]::new))
          .addValue(micros)
          .addValue(messages)
          .addValue(clock.override())
          .addValue(announced);
    }

    List<List<Delivery>> deliveries(RowSet<Row> rows) {
      Map<UUID, Instant> until = new HashMap<>();
      rows.forEach(row -> until.put(row.getUUID(0), row.getOffsetDateTime(1).toInstant()));
      List<List<Delivery>> all = new ArrayList<>(grants.size());
      int i = 0;
      for (Grant grant : grants) {
        List<Delivery> deliveries = new ArrayList<>(grant.messages().size());
        for (Taken taken : grant.messages()) {
          deliveries.add(delivery(taken, leaseOf.get(i++), until));
        }
        all.add(deliveries);
      }
      return all;
    }

    private Delivery delivery(Taken taken, UUID lease, Map<UUID, Instant> until) {
      Instant end = until.get(lease);
      if (end == null) {
        throw new IllegalStateException("lease not written");
      }
      return new Delivery(
          taken.message(),
          taken.attempt() + 1,
          end,
          new PostgresReceipt(lease, taken.message().id().value()).encoded());
    }
  }
}
