package io.posthaste.firing;

import io.posthaste.message.MessageId;
import io.posthaste.scheduling.HistoryEntry;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** What became of occurrences: the latest {@link #KEPT} of each schedule, for a limited time. */
final class History {
  /** How many entries of a schedule are kept; up to {@link #SLACK} more until they are removed. */
  static final int KEPT = 1000;

  private static final int SLACK = 100;
  private static final int STEP = 5000;

  private static final String WRITE =
      """
      INSERT INTO occurrence (schedule, number, planned, at, outcome, message, detail)
      SELECT * FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::timestamptz[],
        $5::text[], $6::uuid[], $7::text[])
      """;

  private static final String FORGET =
      """
      DELETE FROM occurrence o USING unnest($1::int[], $2::bigint[]) AS u(schedule, number)
      WHERE o.schedule = u.schedule AND o.number <= u.number
      """;

  private static final String LIST =
      """
      SELECT number, planned, at, outcome, message, detail FROM occurrence
      WHERE schedule = $1 AND number < $2 ORDER BY number DESC LIMIT $3
      """;

  private static final String CLEAN =
      """
      DELETE FROM occurrence WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM occurrence
        WHERE at <= coalesce($1::timestamptz, now()) - $2 * interval '1 microsecond'
        ORDER BY at LIMIT %d FOR UPDATE SKIP LOCKED))
      """
          .formatted(STEP);

  private static final String ORPHANS =
      """
      DELETE FROM occurrence WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM occurrence WHERE schedule = $1 LIMIT %d FOR UPDATE SKIP LOCKED))
      """
          .formatted(STEP);

  private final StoreClock clock;
  private final Duration retention;

  History(StoreClock clock, Duration retention) {
    this.clock = clock;
    this.retention = retention;
  }

  /** An entry of a schedule. */
  record Line(int schedule, HistoryEntry entry) {}

  static Future<?> write(SqlClient client, List<Line> lines) {
    if (lines.isEmpty()) {
      return Future.succeededFuture();
    }
    return client
        .preparedQuery(WRITE)
        .execute(
            Tuple.tuple()
                .addValue(lines.stream().map(Line::schedule).toArray(Integer[]::new))
                .addValue(lines.stream().map(it -> it.entry().number()).toArray(Long[]::new))
                .addValue(
                    lines.stream()
                        .map(it -> ScheduleRow.time(it.entry().planned()))
                        .toArray(OffsetDateTime[]::new))
                .addValue(
                    lines.stream()
                        .map(it -> ScheduleRow.time(it.entry().at()))
                        .toArray(OffsetDateTime[]::new))
                .addValue(
                    lines.stream().map(it -> it.entry().outcome().code()).toArray(String[]::new))
                .addValue(
                    lines.stream()
                        .map(it -> it.entry().message())
                        .map(message -> message == null ? null : message.value())
                        .toArray(UUID[]::new))
                .addValue(lines.stream().map(it -> it.entry().detail()).toArray(String[]::new)));
  }

  /** Removes what is beyond the number kept; from time to time, not at every entry. */
  static Future<?> forget(SqlClient client, List<Turn> turns) {
    List<Turn> over =
        turns.stream()
            .filter(
                turn -> {
                  long after = turn.entriesBefore() + turn.entries().size();
                  return after > KEPT && after / SLACK > turn.entriesBefore() / SLACK;
                })
            .toList();
    return over.isEmpty()
        ? Future.succeededFuture()
        : client
            .preparedQuery(FORGET)
            .execute(
                Tuple.tuple()
                    .addValue(over.stream().map(turn -> turn.schedule).toArray(Integer[]::new))
                    .addValue(
                        over.stream()
                            .map(turn -> turn.entriesBefore() + turn.entries().size() - KEPT)
                            .toArray(Long[]::new)));
  }

  static Future<List<HistoryEntry>> list(Pool pool, int schedule, long before, int limit) {
    return pool.preparedQuery(LIST)
        .execute(Tuple.of(schedule, before, (long) limit))
        .map(
            rows -> {
              List<HistoryEntry> entries = new ArrayList<>();
              rows.forEach(row -> entries.add(read(row)));
              return entries;
            });
  }

  private static HistoryEntry read(Row row) {
    UUID message = row.getUUID(4);
    return new HistoryEntry(
        row.getLong(0),
        row.getOffsetDateTime(1).toInstant(),
        row.getOffsetDateTime(2).toInstant(),
        HistoryEntry.Outcome.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
        message == null ? null : new MessageId(message),
        row.getString(5));
  }

  /** One step of removing what is too old; whether there may be more. */
  Future<Boolean> clean(Pool pool) {
    return pool.preparedQuery(CLEAN)
        .execute(Tuple.of(clock.override(), Micros.of(retention)))
        .map(rows -> rows.rowCount() == STEP);
  }

  /** Removes all of a schedule that is gone, in bounded steps. */
  static Future<Void> drop(Pool pool, int schedule) {
    return pool.preparedQuery(ORPHANS)
        .execute(Tuple.of(schedule))
        .compose(rows -> rows.rowCount() < STEP ? Future.succeededFuture() : drop(pool, schedule));
  }
}
