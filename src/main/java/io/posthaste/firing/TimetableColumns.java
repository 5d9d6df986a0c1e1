package io.posthaste.firing;

import io.posthaste.schedule.DaylightSaving;
import io.posthaste.schedule.MissedPolicy;
import io.posthaste.schedule.Moment;
import io.posthaste.schedule.Overlap;
import io.posthaste.schedule.Timetable;
import io.posthaste.schedule.Timing;
import io.posthaste.store.Micros;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** When a schedule fires, as columns, which hold what its owner wrote. */
final class TimetableColumns {
  static final String COLUMNS =
      "s.kind, s.expression, s.zone, s.starts, s.ends, s.most, s.jitter_us, s.exclude, s.gap,"
          + " s.repeat, s.missed, s.overlap";

  private TimetableColumns() {}

  /** The ten values in the order of {@link #COLUMNS}, without the policies. */
  static Tuple add(Tuple tuple, Timetable timetable) {
    return tuple
        .addString(kind(timetable.timing()))
        .addString(expression(timetable.timing()))
        .addString(timetable.zone().getId())
        .addString(text(timetable.start()))
        .addString(text(timetable.end()))
        .addInteger(timetable.limit())
        .addLong(Micros.of(timetable.jitter()))
        .addValue(timetable.exclude().toArray(String[]::new))
        .addString(word(timetable.dst().gap()))
        .addString(word(timetable.dst().repeat()));
  }

  private static String kind(Timing timing) {
    return switch (timing) {
      case Timing.At _ -> "at";
      case Timing.Every _ -> "every";
      case Timing.Cron _ -> "cron";
      case Timing.Recurrence _ -> "rrule";
    };
  }

  private static String expression(Timing timing) {
    return switch (timing) {
      case Timing.At(var moment) -> moment.toString();
      case Timing.Every(var interval) -> interval.toString();
      case Timing.Cron(var expression) -> expression.text();
      case Timing.Recurrence(var set) -> set.text();
    };
  }

  private static @Nullable String text(@Nullable Moment moment) {
    return moment == null ? null : moment.toString();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** Of a row that has the columns from the given position on. */
  static Timetable read(Row row, int at) {
    return new Timetable(
        timing(row.getString(at), row.getString(at + 1)),
        ZoneId.of(row.getString(at + 2)),
        moment(row.getString(at + 3)),
        moment(row.getString(at + 4)),
        row.getInteger(at + 5),
        Duration.of(row.getLong(at + 6), ChronoUnit.MICROS),
        List.of(row.getArrayOfStrings(at + 7)),
        new DaylightSaving(
            DaylightSaving.Gap.valueOf(row.getString(at + 8).toUpperCase(Locale.ROOT)),
            DaylightSaving.Repeat.valueOf(row.getString(at + 9).toUpperCase(Locale.ROOT))));
  }

  private static Timing timing(String kind, String expression) {
    return switch (kind) {
      case "at" -> new Timing.At(Moment.parse(kind, expression));
      case "every" -> new Timing.Every(Duration.parse(expression));
      case "cron" -> Timing.Cron.parse(expression);
      case "rrule" -> Timing.Recurrence.parse(expression);
      default -> throw new IllegalStateException("unknown kind of schedule " + kind);
    };
  }

  private static @Nullable Moment moment(@Nullable String text) {
    return text == null ? null : Moment.parse("start", text);
  }

  static String missed(MissedPolicy policy) {
    return switch (policy) {
      case MissedPolicy.Skip() -> "skip";
      case MissedPolicy.Last() -> "last";
      case MissedPolicy.All() -> "all";
      case MissedPolicy.UpTo(int max) -> "max:" + max;
      case MissedPolicy.Within(var window) -> "within:" + window;
    };
  }

  static MissedPolicy missed(String text) {
    int colon = text.indexOf(':');
    String argument = text.substring(colon + 1);
    return switch (colon < 0 ? text : text.substring(0, colon)) {
      case "skip" -> new MissedPolicy.Skip();
      case "last" -> new MissedPolicy.Last();
      case "all" -> new MissedPolicy.All();
      case "max" -> new MissedPolicy.UpTo(Integer.parseInt(argument));
      case "within" -> new MissedPolicy.Within(Duration.parse(argument));
      default -> throw new IllegalStateException("unknown missed policy " + text);
    };
  }

  static String overlap(Overlap overlap) {
    return word(overlap);
  }

  static Overlap overlap(String text) {
    return Overlap.valueOf(text.toUpperCase(Locale.ROOT));
  }
}
