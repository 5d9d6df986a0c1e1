package io.posthaste.firing;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.MessageId;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Definition;
import io.posthaste.scheduling.HistoryEntry;
import io.posthaste.scheduling.Schedule;
import io.posthaste.scheduling.ScheduleFilter;
import io.posthaste.scheduling.ScheduleStore;
import io.posthaste.store.StoreClock;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Schedules in the tables {@code schedule} and {@code plan}. */
final class PostgresSchedules implements ScheduleStore {
  /** Few schedules may match a filter that walks over many. */
  private static final Duration LOOK = Duration.ofSeconds(20);

  private static final String SELECT =
      "SELECT %s, %s FROM schedule s JOIN plan p ON p.schedule = s.id "
          .formatted(ScheduleRow.DEFINITION, ScheduleRow.PROGRESS);

  private static final String FIND = SELECT + "WHERE s.name = $1";

  private static final String LIST =
      SELECT
          + """
          WHERE s.name > $1 AND ($2::text IS NULL OR s.queue = $2)
            AND ($3::text IS NULL OR $3 = CASE WHEN p.paused_at IS NOT NULL THEN 'paused'
              WHEN p.look_at IS NULL THEN 'finished' ELSE 'active' END)
            AND ($4::text IS NULL OR (s.name >= $4 AND starts_with(s.name, $4)))
          ORDER BY s.name LIMIT $5
          """;

  private static final String DELETE =
      """
      WITH target AS MATERIALIZED (
        SELECT s.id FROM schedule s JOIN plan p ON p.schedule = s.id
        WHERE s.name = $1 FOR UPDATE OF s, p),
      planned AS (DELETE FROM plan p USING target t WHERE p.schedule = t.id)
      DELETE FROM schedule s USING target t WHERE s.id = t.id RETURNING s.id
      """;

  private static final String PAUSE =
      """
      UPDATE plan p SET look_at = NULL,
        paused_at = coalesce(p.paused_at, $2::timestamptz, now())
      FROM schedule s WHERE s.name = $1 AND p.schedule = s.id
      """;

  // What waits for a settled message goes on waiting; all else that was planned was missed. What
  // has finished stays so, but that a calendar may have changed meanwhile
  private static final String RESUME =
      """
      UPDATE plan p SET paused_at = NULL, missed_until = coalesce($2::timestamptz, now()),
        look_at = CASE
          WHEN p.next_planned IS NOT NULL OR p.waiting_planned IS NOT NULL OR s.exclude <> '{}'
          THEN coalesce($2::timestamptz, now()) END
      FROM schedule s WHERE s.name = $1 AND p.schedule = s.id AND p.paused_at IS NOT NULL
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final ScheduleChange change;
  private final Trigger trigger;
  private final Runnable due;

  /**
   * @param due is called when a plan may be due
   */
  PostgresSchedules(
      Pool pool, StoreClock clock, ScheduleChange change, Trigger trigger, Runnable due) {
    this.pool = pool;
    this.clock = clock;
    this.change = change;
    this.trigger = trigger;
    this.due = due;
  }

  @Override
  public Uni<Defined> put(ScheduleName name, Definition definition) {
    return DatabaseFailure.translated(() -> change.put(name, definition))
        .invoke(due)
        .flatMap(
            created ->
                find(name)
                    .map(
                        found ->
                            new Defined(
                                found.orElseThrow(
                                    () -> new IllegalStateException("deleted just now " + name)),
                                created)));
  }

  @Override
  public Uni<Optional<Schedule>> find(ScheduleName name) {
    return DatabaseFailure.translated(
            () -> pool.preparedQuery(FIND).execute(Tuple.of(name.value())))
        .map(rows -> all(rows).stream().findFirst());
  }

  @Override
  public Uni<List<Schedule>> list(ScheduleFilter filter, Optional<ScheduleName> after, int limit) {
    Tuple parameters =
        Tuple.of(
            after.map(ScheduleName::value).orElse(""),
            filter.queue().orElse(null),
            filter.state().map(Schedule.State::code).orElse(null),
            filter.prefix().orElse(null),
            (long) limit);
    return DatabaseFailure.translated(
            pool, LOOK, () -> pool.preparedQuery(LIST).execute(parameters))
        .map(PostgresSchedules::all);
  }

  private static List<Schedule> all(RowSet<Row> rows) {
    List<Schedule> schedules = new ArrayList<>(rows.size());
    rows.forEach(row -> schedules.add(ScheduleRow.read(row)));
    return schedules;
  }

  @Override
  public Uni<Boolean> delete(ScheduleName name) {
    return DatabaseFailure.translated(
            () -> pool.preparedQuery(DELETE).execute(Tuple.of(name.value())))
        .map(
            rows -> {
              // Its history follows by and by; what is left behind goes with its age
              rows.forEach(row -> History.drop(pool, row.getInteger(0)));
              return rows.size() > 0;
            });
  }

  @Override
  public Uni<Optional<Schedule>> pause(ScheduleName name) {
    return update(PAUSE, name);
  }

  @Override
  public Uni<Optional<Schedule>> resume(ScheduleName name) {
    return update(RESUME, name);
  }

  private Uni<Optional<Schedule>> update(String sql, ScheduleName name) {
    return DatabaseFailure.translated(
            () -> pool.preparedQuery(sql).execute(Tuple.of(name.value(), clock.override())))
        .invoke(due)
        .flatMap(_ -> find(name));
  }

  @Override
  public Uni<Optional<MessageId>> trigger(ScheduleName name) {
    return DatabaseFailure.translated(() -> trigger.run(name));
  }

  @Override
  public Uni<List<HistoryEntry>> history(Schedule schedule, Optional<Long> before, int limit) {
    return DatabaseFailure.translated(
        () -> History.list(pool, schedule.id(), before.orElse(Long.MAX_VALUE), limit));
  }
}
