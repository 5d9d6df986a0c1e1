package io.posthaste.firing;

import io.posthaste.message.InvalidField;
import io.posthaste.schedule.Calendar;
import io.posthaste.schedule.Occurrence;
import io.posthaste.schedule.Occurrences;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Definition;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Stores schedules and changes them, with their plans in one transaction. */
final class ScheduleChange {
  // Whoever removes or changes one of the calendars waits until the schedule is there
  private static final String CALENDARS =
      "SELECT coalesce($2::timestamptz, now()) FROM calendar WHERE name = ANY ($1::text[])"
          + " FOR SHARE";

  private static final String NOW = "SELECT coalesce($1::timestamptz, now())";

  private static final String LOCK =
      "SELECT %s FROM schedule s JOIN plan p ON p.schedule = s.id WHERE s.name = $1 FOR UPDATE"
          .formatted(ScheduleRow.DEFINITION);

  private static final String COLUMNS =
      """
      kind, expression, zone, starts, ends, most, jitter_us, exclude, gap, repeat, missed, overlap, \
      queue, priority, group_name, type, content_type, correlation_id, headers, ttl_us, payload\
      """;

  private static final String VALUES =
      "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,"
          + " $22, $23";

  private static final String INSERT =
      """
      INSERT INTO schedule (name, anchor, created_at, changed_at, %s)
      VALUES ($1, $2::timestamptz, $2::timestamptz, $2::timestamptz, %s)
      ON CONFLICT (name) DO NOTHING RETURNING id
      """
          .formatted(COLUMNS, VALUES);

  private static final String UPDATE =
      """
      UPDATE schedule SET (%s) = ROW (%s), changed_at = $2,
        anchor = CASE WHEN $24 THEN $2 ELSE anchor END
      WHERE id = $1
      """
          .formatted(COLUMNS, VALUES);

  private static final String PLAN =
      """
      INSERT INTO plan (schedule, version, size, settled, fired, next_planned, next_due, look_at,
        entries, failures)
      VALUES ($1, 1, $2, $3, 0, $4, $5, $5, 0, 0)
      """;

  private static final String START_OVER =
      """
      UPDATE plan SET version = version + 1, size = $2, settled = $3, fired = 0, next_planned = $4,
        next_due = $5, look_at = CASE WHEN paused_at IS NULL THEN $5::timestamptz END,
        missed_until = NULL, waiting_planned = NULL, waiting_number = NULL, failures = 0,
        problem = NULL
      WHERE schedule = $1
      """;

  // A target that was wrong may be right now
  private static final String GO_ON =
      """
      UPDATE plan SET version = version + 1, size = $2, failures = 0, problem = NULL,
        look_at = CASE WHEN look_at IS NOT NULL THEN least(look_at, next_due) END
      WHERE schedule = $1
      """;

  private final Pool pool;
  private final StoreClock clock;

  ScheduleChange(Pool pool, StoreClock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  /** Whether it is new. */
  Future<Boolean> put(ScheduleName name, Definition definition) {
    return pool.withTransaction(
            connection ->
                now(connection, definition).compose(now -> put(connection, name, definition, now)))
        // Somebody else has just made it: then this is a change
        .compose(
            created ->
                created.isPresent()
                    ? Future.succeededFuture(created.get())
                    : put(name, definition));
  }

  private static Future<Optional<Boolean>> put(
      SqlConnection connection, ScheduleName name, Definition definition, Instant now) {
    return connection
        .preparedQuery(LOCK)
        .execute(Tuple.of(name.value()))
        .compose(
            rows ->
                rows.size() == 0
                    ? insert(connection, name, definition, now)
                    : update(connection, rows.iterator().next(), definition, now));
  }

  private Future<Instant> now(SqlConnection connection, Definition definition) {
    List<String> calendars = definition.timetable().exclude();
    if (calendars.isEmpty()) {
      return connection
          .preparedQuery(NOW)
          .execute(Tuple.tuple().addValue(clock.override()))
          .map(rows -> rows.iterator().next().getOffsetDateTime(0).toInstant());
    }
    return connection
        .preparedQuery(CALENDARS)
        .execute(
            Tuple.tuple().addValue(calendars.toArray(String[]::new)).addValue(clock.override()))
        .map(
            rows -> {
              if (rows.size() < calendars.size()) {
                throw new InvalidField("exclude", "names a calendar that was deleted just now");
              }
              return rows.iterator().next().getOffsetDateTime(0).toInstant();
            });
  }

  private static Future<Optional<Boolean>> insert(
      SqlConnection connection, ScheduleName name, Definition definition, Instant now) {
    Tuple values = Tuple.of(name.value(), ScheduleRow.time(now));
    return connection
        .preparedQuery(INSERT)
        .execute(ScheduleRow.add(values, definition))
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture(Optional.empty())
                    : plan(
                            connection,
                            PLAN,
                            rows.iterator().next().getInteger(0),
                            name,
                            definition,
                            now)
                        .map(Optional.of(true)));
  }

  private static Future<Optional<Boolean>> update(
      SqlConnection connection, Row row, Definition definition, Instant now) {
    int id = row.getInteger(0);
    boolean startsOver = !ScheduleRow.definition(row).timetable().equals(definition.timetable());
    Tuple values = ScheduleRow.add(Tuple.of(id, ScheduleRow.time(now)), definition);
    return connection
        .preparedQuery(UPDATE)
        .execute(values.addBoolean(startsOver))
        .compose(
            _ -> {
              Future<?> planned =
                  startsOver
                      ? startOver(connection, row, definition, now)
                      : goOn(connection, id, definition);
              return planned.map(_ -> Optional.of(false));
            });
  }

  private static Future<?> startOver(
      SqlConnection connection, Row row, Definition definition, Instant now) {
    ScheduleName name = new ScheduleName(row.getString(1));
    return plan(connection, START_OVER, row.getInteger(0), name, definition, now);
  }

  private static Future<?> goOn(SqlConnection connection, int id, Definition definition) {
    return connection
        .preparedQuery(GO_ON)
        .execute(Tuple.of(id, definition.message().content().payload().size()));
  }

  private static Future<?> plan(
      SqlConnection connection,
      String sql,
      int id,
      ScheduleName name,
      Definition definition,
      Instant now) {
    return PostgresCalendars.read(connection, definition.timetable().exclude())
        .compose(
            calendars -> {
              Optional<Occurrence> next =
                  new Occurrences(
                          name,
                          definition.timetable(),
                          now,
                          List.<Calendar>copyOf(calendars.values()))
                      .first(now);
              return connection
                  .preparedQuery(sql)
                  .execute(
                      Tuple.of(
                          id,
                          definition.message().content().payload().size(),
                          ScheduleRow.time(now),
                          time(next.map(Occurrence::planned)),
                          time(next.map(Occurrence::due))));
            });
  }

  private static @Nullable OffsetDateTime time(Optional<Instant> instant) {
    return ScheduleRow.time(instant.orElse(null));
  }
}
