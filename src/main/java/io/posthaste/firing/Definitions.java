package io.posthaste.firing;

import io.posthaste.schedule.Calendar;
import io.posthaste.schedule.Occurrences;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Definition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The schedules that are about to fire. Those that fire often are kept in memory, in the version
 * that their plan names; every other version is read again.
 */
final class Definitions {
  private static final int MOST = 20_000;
  private static final long MOST_BYTES = 64L * 1024 * 1024;

  private static final String LOAD =
      "SELECT %s FROM schedule s WHERE s.id = ANY ($1::int[])".formatted(ScheduleRow.DEFINITION);

  private final Vertx vertx;
  private final Map<Integer, Loaded> known = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  Definitions(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * Gives each turn its schedule, as it is in the given transaction, which has locked the plans.
   */
  Future<Void> load(SqlConnection connection, List<Turn> turns) {
    Map<Integer, Turn> missing = new HashMap<>();
    for (Turn turn : turns) {
      turn.loaded = find(turn);
      if (turn.loaded == null) {
        missing.put(turn.schedule, turn);
      }
    }
    if (missing.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(LOAD)
        .execute(Tuple.tuple().addValue(missing.keySet().toArray(Integer[]::new)))
        .compose(
            rows ->
                // Parsing rules is no work for an event loop
                vertx.executeBlocking(() -> parsed(rows), false))
        .compose(parsed -> withCalendars(connection, Objects.requireNonNull(parsed), missing));
  }

  private synchronized @Nullable Loaded find(Turn turn) {
    Loaded loaded = known.get(turn.schedule);
    return loaded != null && loaded.version() == turn.version ? loaded : null;
  }

  private record Parsed(Row row, Definition definition) {}

  private static List<Parsed> parsed(RowSet<Row> rows) {
    List<Parsed> parsed = new ArrayList<>();
    rows.forEach(row -> parsed.add(new Parsed(row, ScheduleRow.definition(row))));
    return parsed;
  }

  private Future<Void> withCalendars(
      SqlConnection connection, List<Parsed> parsed, Map<Integer, Turn> missing) {
    Set<String> names = new HashSet<>();
    parsed.forEach(it -> names.addAll(it.definition().timetable().exclude()));
    return PostgresCalendars.read(connection, names)
        .compose(
            calendars ->
                vertx.executeBlocking(
                    () -> {
                      parsed.forEach(it -> put(it, calendars, missing));
                      return null;
                    },
                    false));
  }

  private void put(Parsed parsed, Map<String, Calendar> calendars, Map<Integer, Turn> missing) {
    Turn turn = missing.get(parsed.row().getInteger(0));
    if (turn == null) {
      return;
    }
    ScheduleName name = new ScheduleName(parsed.row().getString(1));
    List<Calendar> excluded =
        parsed.definition().timetable().exclude().stream()
            .filter(calendars::containsKey)
            .map(calendars::get)
            .toList();
    turn.loaded =
        new Loaded(
            name,
            turn.version,
            parsed.definition(),
            new Occurrences(
                name,
                parsed.definition().timetable(),
                parsed.row().getOffsetDateTime(2).toInstant(),
                excluded));
    remember(turn.schedule, turn.loaded);
  }

  private synchronized void remember(int schedule, Loaded loaded) {
    Loaded before = known.put(schedule, loaded);
    bytes += loaded.size() - (before == null ? 0 : before.size());
    Iterator<Loaded> oldest = known.values().iterator();
    while (known.size() > MOST || bytes > MOST_BYTES) {
      bytes -= oldest.next().size();
      oldest.remove();
    }
  }
}
