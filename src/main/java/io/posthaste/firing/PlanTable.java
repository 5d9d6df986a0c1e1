package io.posthaste.firing;

import io.posthaste.scheduling.Plan;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The plans: takes those that are due, and moves them on. */
final class PlanTable {
  /** Payloads of one step in memory. */
  private static final long MOST_BYTES = 8 * 1024 * 1024;

  private static final int PLAN = 7;

  private static final String LOCK =
      """
      WITH p AS MATERIALIZED (
        SELECT * FROM plan
        WHERE look_at <= coalesce($1::timestamptz, now())
        ORDER BY look_at, schedule LIMIT $2 FOR UPDATE SKIP LOCKED),
      ahead AS (
        SELECT coalesce($1::timestamptz, now()) AS now,
          (SELECT extract(epoch FROM look_at - coalesce($1::timestamptz, now())) * 1000000
            FROM plan WHERE look_at > coalesce($1::timestamptz, now())
            ORDER BY look_at LIMIT 1)::bigint AS micros)
      SELECT a.now, a.micros, p.schedule, p.version, p.size, p.entries, p.failures, %s
      FROM ahead a LEFT JOIN p ON true
      """
          .formatted(ScheduleRow.PROGRESS);

  private static final String MOVE_ON =
      """
      UPDATE plan p SET settled = u.settled, fired = u.fired, missed_until = u.missed_until,
        previous = u.previous, waiting_planned = u.waiting_planned,
        waiting_number = u.waiting_number, next_planned = u.next_planned, next_due = u.next_due,
        look_at = u.look_at, entries = u.entries, failures = u.failures, problem = u.problem
      FROM unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], $5::uuid[],
          $6::timestamptz[], $7::bigint[], $8::timestamptz[], $9::timestamptz[],
          $10::timestamptz[], $11::bigint[], $12::int[], $13::text[])
        AS u(schedule, settled, fired, missed_until, previous, waiting_planned, waiting_number,
          next_planned, next_due, look_at, entries, failures, problem)
      WHERE p.schedule = u.schedule
      """;

  private static final String SET_ASIDE =
      """
      UPDATE plan SET look_at = coalesce($2::timestamptz, now()) + interval '1 minute',
        failures = failures + 1, problem = $3
      WHERE schedule = $1
      """;

  private final StoreClock clock;

  PlanTable(StoreClock clock) {
    this.clock = clock;
  }

  /**
   * What is due, locked until the transaction ends.
   *
   * @param more whether more may be due
   * @param aheadMicros when the next is; negative when none lies ahead
   */
  record Taken(Instant now, List<Turn> turns, boolean more, long aheadMicros) {}

  Future<Taken> take(SqlConnection connection, int most) {
    return connection
        .preparedQuery(LOCK)
        .execute(Tuple.of(clock.override(), (long) most))
        .map(rows -> taken(rows, most));
  }

  private static Taken taken(RowSet<Row> rows, int most) {
    Row first = rows.iterator().next();
    Long micros = first.getLong(1);
    List<Turn> turns = new ArrayList<>();
    int locked = 0;
    long bytes = 0;
    for (Row row : rows) {
      if (row.getInteger(2) != null) {
        locked++;
        bytes += row.getInteger(4);
        if (turns.isEmpty() || bytes <= MOST_BYTES) {
          turns.add(turn(row));
        }
      }
    }
    return new Taken(
        first.getOffsetDateTime(0).toInstant(),
        turns,
        locked == most || turns.size() < locked,
        micros == null ? -1 : micros);
  }

  private static Turn turn(Row row) {
    return new Turn(
        new Turn.Key(row.getInteger(2), row.getLong(3), row.getInteger(4)),
        ScheduleRow.plan(row, PLAN),
        row.getLong(5),
        row.getInteger(6));
  }

  Future<?> moveOn(SqlConnection connection, List<Turn> turns) {
    List<Plan> plans = turns.stream().map(Turn::after).toList();
    return connection
        .preparedQuery(MOVE_ON)
        .execute(
            Tuple.tuple()
                .addValue(turns.stream().map(turn -> turn.schedule).toArray(Integer[]::new))
                .addValue(times(plans, Plan::settled))
                .addValue(plans.stream().map(Plan::fired).toArray(Long[]::new))
                .addValue(times(plans, Plan::missedUntil))
                .addValue(
                    plans.stream()
                        .map(plan -> plan.previous() == null ? null : plan.previous().value())
                        .toArray(UUID[]::new))
                .addValue(times(plans, p -> p.waiting() == null ? null : p.waiting().planned()))
                .addValue(
                    plans.stream()
                        .map(p -> p.waiting() == null ? null : p.waiting().number())
                        .toArray(Long[]::new))
                .addValue(times(plans, p -> p.next().map(it -> it.planned()).orElse(null)))
                .addValue(times(plans, p -> p.next().map(it -> it.due()).orElse(null)))
                .addValue(times(turns, turn -> turn.lookAt().orElse(null)))
                .addValue(
                    turns.stream()
                        .map(turn -> turn.entriesBefore() + turn.entries().size())
                        .toArray(Long[]::new))
                .addValue(turns.stream().map(Turn::failures).toArray(Integer[]::new))
                .addValue(turns.stream().map(Turn::problem).toArray(String[]::new)));
  }

  private static <T> OffsetDateTime[] times(List<T> all, Function<T, @Nullable Instant> time) {
    return all.stream().map(it -> ScheduleRow.time(time.apply(it))).toArray(OffsetDateTime[]::new);
  }

  /** Keeps a schedule whose values break a statement away from the others for a while. */
  Future<?> setAside(SqlConnection connection, int schedule, String problem) {
    return connection
        .preparedQuery(SET_ASIDE)
        .execute(Tuple.of(schedule, clock.override(), problem));
  }
}
