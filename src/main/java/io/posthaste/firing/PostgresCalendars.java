package io.posthaste.firing;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.schedule.Calendar;
import io.posthaste.scheduling.Calendars;
import io.posthaste.store.StoreClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Calendars in the table {@code calendar}. */
final class PostgresCalendars implements Calendars {
  /** Many schedules may exclude one calendar. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String READ =
      "SELECT name, dates FROM calendar WHERE name = ANY ($1::text[])";

  private static final String NAMES =
      "SELECT name FROM calendar WHERE name > $1 ORDER BY name LIMIT $2";

  private static final String PUT =
      """
      INSERT INTO calendar (name, dates, changed_at)
      VALUES ($1, $2, coalesce($3::timestamptz, now()))
      ON CONFLICT (name) DO UPDATE SET dates = excluded.dates, changed_at = excluded.changed_at
      RETURNING xmax = 0
      """;

  // They are decided about anew, those without anything left as well. What the calendar has kept
  // from firing until now is no missed occurrence afterwards
  private static final String REPLAN =
      """
      UPDATE plan p SET version = version + 1,
        settled = CASE WHEN p.next_planned <= coalesce($2::timestamptz, now()) THEN p.settled
          ELSE greatest(p.settled, coalesce($2::timestamptz, now())) END,
        look_at = CASE WHEN p.paused_at IS NULL THEN coalesce($2::timestamptz, now()) END
      FROM schedule s
      WHERE s.exclude @> ARRAY[$1::text] AND s.exclude <> '{}' AND p.schedule = s.id
      """;

  // A schedule that is being made locks the calendars that it excludes
  private static final String DELETE =
      """
      WITH target AS MATERIALIZED (SELECT name FROM calendar WHERE name = $1 FOR UPDATE),
      used AS (
        SELECT EXISTS (
          SELECT FROM schedule s WHERE s.exclude @> ARRAY[$1::text] AND s.exclude <> '{}') AS by),
      gone AS (
        DELETE FROM calendar c USING target t, used u WHERE c.name = t.name AND NOT u.by
        RETURNING c.name)
      SELECT (SELECT count(*) FROM target), (SELECT count(*) FROM gone)
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final Runnable changed;

  /**
   * @param changed is called when plans may be due
   */
  PostgresCalendars(Pool pool, StoreClock clock, Runnable changed) {
    this.pool = pool;
    this.clock = clock;
    this.changed = changed;
  }

  static Future<Map<String, Calendar>> read(SqlClient client, Collection<String> names) {
    if (names.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return client
        .preparedQuery(READ)
        .execute(Tuple.tuple().addValue(names.toArray(String[]::new)))
        .map(
            rows -> {
              Map<String, Calendar> found = new HashMap<>();
              for (Row row : rows) {
                LocalDate[] dates = row.getArrayOfLocalDates(1);
                found.put(row.getString(0), new Calendar(row.getString(0), Set.of(dates)));
              }
              return found;
            });
  }

  @Override
  public Uni<List<Calendar>> find(List<String> names) {
    return DatabaseFailure.translated(() -> read(pool, names))
        .map(found -> List.copyOf(found.values()));
  }

  @Override
  public Uni<List<String>> names(Optional<String> after, int limit) {
    return DatabaseFailure.translated(
            () -> pool.preparedQuery(NAMES).execute(Tuple.of(after.orElse(""), (long) limit)))
        .map(
            rows -> {
              List<String> names = new ArrayList<>();
              rows.forEach(row -> names.add(row.getString(0)));
              return names;
            });
  }

  @Override
  public Uni<Boolean> put(Calendar calendar) {
    LocalDate[] dates = calendar.dates().stream().sorted().toArray(LocalDate[]::new);
    return DatabaseFailure.translated(
            pool,
            PATIENCE,
            () ->
                pool.withTransaction(
                    connection ->
                        connection
                            .preparedQuery(PUT)
                            .execute(
                                Tuple.tuple()
                                    .addString(calendar.name())
                                    .addValue(dates)
                                    .addValue(clock.override()))
                            .compose(
                                rows ->
                                    connection
                                        .preparedQuery(REPLAN)
                                        .execute(Tuple.of(calendar.name(), clock.override()))
                                        .map(rows.iterator().next().getBoolean(0)))))
        .invoke(changed);
  }

  @Override
  public Uni<Removed> delete(String name) {
    return DatabaseFailure.translated(() -> pool.preparedQuery(DELETE).execute(Tuple.of(name)))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              if (row.getLong(0) == 0) {
                return Removed.NOT_FOUND;
              }
              return row.getLong(1) == 0 ? Removed.IN_USE : Removed.GONE;
            });
  }
}
