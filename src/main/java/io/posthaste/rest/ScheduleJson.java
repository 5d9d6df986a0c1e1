package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.schedule.DaylightSaving;
import io.posthaste.schedule.DaylightSaving.Gap;
import io.posthaste.schedule.DaylightSaving.Repeat;
import io.posthaste.schedule.Moment;
import io.posthaste.schedule.Timetable;
import io.posthaste.schedule.Timing;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The timing fields of a schedule, as they stand in a request and in answers. */
final class ScheduleJson implements StrictJson.Field {
  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final String KINDS = "send exactly one of 'at', 'every', 'cron' and 'rrule'";

  private @Nullable String kind;
  private @Nullable Timing timing;
  private ZoneId zone = UTC;
  private @Nullable Moment start;
  private @Nullable Moment end;
  private @Nullable Integer limit;
  private Duration jitter = Duration.ZERO;
  private List<String> exclude = List.of();
  private DaylightSaving dst = DaylightSaving.DEFAULT;

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    switch (name) {
      case "at" -> timing(name, new Timing.At(Moment.parse(name, in.string(name))));
      case "every" -> timing(name, new Timing.Every(in.duration(name)));
      case "cron" -> timing(name, Timing.Cron.parse(in.string(name)));
      case "rrule" -> timing(name, Timing.Recurrence.parse(in.string(name)));
      case "timezone" -> zone = zone(in.string(name));
      case "start" -> start = Moment.parse(name, in.string(name));
      case "end" -> end = Moment.parse(name, in.string(name));
      case "limit" -> limit = in.wholeNumber(name, 1, Integer.MAX_VALUE);
      case "jitter" -> jitter = in.duration(name);
      case "exclude" -> exclude = in.strings(name, Timetable.MOST_CALENDARS);
      case "dst" -> {
        Dst fields = new Dst();
        in.object(name, fields);
        dst = new DaylightSaving(fields.gap, fields.repeat);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void timing(String name, Timing value) {
    if (kind != null) {
      throw new InvalidField(name, "must not stand beside '" + kind + "'; " + KINDS);
    }
    kind = name;
    timing = value;
  }

  // Java would take offsets such as +01:00 as well, which know no daylight saving
  private static ZoneId zone(String text) {
    if (!text.equals("Z") && !ZoneId.getAvailableZoneIds().contains(text)) {
      throw new InvalidField(
          "timezone", "must be an IANA time zone such as \"Europe/Berlin\" or \"UTC\"");
    }
    return ZoneId.of(text);
  }

  /** The fields together; absent ones take the defaults. */
  Timetable timetable() {
    if (timing == null) {
      throw new InvalidField("cron", "is missing; " + KINDS);
    }
    return new Timetable(timing, zone, start, end, limit, jitter, exclude, dst);
  }

  private static final class Dst implements StrictJson.Field {
    private Gap gap = DaylightSaving.DEFAULT.gap();
    private Repeat repeat = DaylightSaving.DEFAULT.repeat();

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "gap" -> gap = gap(in.string("dst.gap"));
        case "repeat" -> repeat = repeat(in.string("dst.repeat"));
        default -> {
          return false;
        }
      }
      return true;
    }

    private static Gap gap(String text) {
      return switch (text) {
        case "skip" -> Gap.SKIP;
        case "after" -> Gap.AFTER;
        default -> throw new InvalidField("dst.gap", "must be \"skip\" or \"after\"");
      };
    }

    private static Repeat repeat(String text) {
      return switch (text) {
        case "first" -> Repeat.FIRST;
        case "second" -> Repeat.SECOND;
        case "both" -> Repeat.BOTH;
        default ->
            throw new InvalidField("dst.repeat", "must be \"first\", \"second\" or \"both\"");
      };
    }
  }

  /** The fields of an object that has been opened. */
  static void write(JsonWriter out, Timetable timetable) {
    switch (timetable.timing()) {
      case Timing.At(var moment) -> out.field("at", moment.toString());
      case Timing.Every(var interval) -> out.field("every", interval);
      case Timing.Cron(var expression) -> out.field("cron", expression.text());
      case Timing.Recurrence(var set) -> out.field("rrule", set.text());
    }
    out.field("timezone", timetable.zone().getId())
        .field("start", text(timetable.start()))
        .field("end", text(timetable.end()));
    if (timetable.limit() != null) {
      out.field("limit", timetable.limit());
    }
    if (!timetable.jitter().isZero()) {
      out.field("jitter", timetable.jitter());
    }
    if (!timetable.exclude().isEmpty()) {
      out.name("exclude").openList();
      timetable.exclude().forEach(out::value);
      out.closeList();
    }
    out.name("dst")
        .open()
        .field("gap", timetable.dst().gap().name().toLowerCase(Locale.ROOT))
        .field("repeat", timetable.dst().repeat().name().toLowerCase(Locale.ROOT))
        .close();
  }

  private static @Nullable String text(@Nullable Moment moment) {
    return moment == null ? null : Objects.toString(moment);
  }
}
