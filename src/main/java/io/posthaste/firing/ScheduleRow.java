package io.posthaste.firing;

import io.posthaste.message.Content;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.QueueName;
import io.posthaste.schedule.Occurrence;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Definition;
import io.posthaste.scheduling.MessageTemplate;
import io.posthaste.scheduling.Plan;
import io.posthaste.scheduling.Schedule;
import io.posthaste.store.HeadersText;
import io.posthaste.store.Micros;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Schedules and plans as rows. */
final class ScheduleRow {
  /** What a schedule is: 24 columns. */
  static final String DEFINITION =
      "s.id, s.name, s.anchor, s.created_at, s.changed_at, "
          + TimetableColumns.COLUMNS
          + ", s.queue, s.priority, s.group_name, s.type, s.content_type, s.correlation_id,"
          + " s.headers, s.ttl_us, s.payload";

  private static final int TIMETABLE = 5;
  private static final int MESSAGE = 17;
  private static final int PLAN = 26;

  /** How far it has come: 11 columns. */
  static final String PROGRESS =
      "p.settled, p.fired, p.missed_until, p.previous, p.waiting_planned, p.waiting_number,"
          + " p.next_planned, p.next_due, p.paused_at, p.look_at, p.problem";

  private ScheduleRow() {}

  /** What its owner wrote, in the order in which they are stored. */
  static Tuple add(Tuple tuple, Definition definition) {
    MessageTemplate message = definition.message();
    Content content = message.content();
    Duration timeToLive = message.timeToLive();
    return TimetableColumns.add(tuple, definition.timetable())
        .addString(TimetableColumns.missed(definition.missed()))
        .addString(TimetableColumns.overlap(definition.overlap()))
        .addString(definition.target().value())
        .addShort((short) content.priority())
        .addString(content.group())
        .addString(content.type())
        .addString(content.payload() instanceof Payload.Binary(var _, var type) ? type : null)
        .addString(content.correlationId())
        .addString(HeadersText.write(content.headers()))
        .addLong(timeToLive == null ? null : Micros.of(timeToLive))
        .addValue(Buffer.buffer(content.payload().bytes()));
  }

  /** Of a row that begins with {@link #DEFINITION}. */
  static Definition definition(Row row) {
    Long ttl = row.getLong(MESSAGE + 7);
    return new Definition(
        TimetableColumns.read(row, TIMETABLE),
        TimetableColumns.missed(row.getString(TIMETABLE + 10)),
        TimetableColumns.overlap(row.getString(TIMETABLE + 11)),
        new QueueName(row.getString(MESSAGE)),
        new MessageTemplate(
            content(row), ttl == null ? null : Duration.of(ttl, ChronoUnit.MICROS)));
  }

  private static Content content(Row row) {
    byte[] bytes = row.getBuffer(MESSAGE + 8).getBytes();
    String contentType = row.getString(MESSAGE + 4);
    return new Content(
        contentType == null ? new Payload.Json(bytes) : new Payload.Binary(bytes, contentType),
        row.getString(MESSAGE + 3),
        HeadersText.read(row.getString(MESSAGE + 6)),
        row.getString(MESSAGE + 5),
        row.getShort(MESSAGE + 1),
        row.getString(MESSAGE + 2),
        null);
  }

  /** Of a row of {@link #DEFINITION} and {@link #PROGRESS}. */
  static Schedule read(Row row) {
    Plan plan = plan(row, PLAN);
    return new Schedule(
        row.getInteger(0),
        new ScheduleName(row.getString(1)),
        definition(row),
        row.getOffsetDateTime(2).toInstant(),
        row.getOffsetDateTime(3).toInstant(),
        row.getOffsetDateTime(4).toInstant(),
        plan,
        state(row),
        Optional.ofNullable(row.getString(PLAN + 10)));
  }

  private static Schedule.State state(Row row) {
    if (row.getOffsetDateTime(PLAN + 8) != null) {
      return Schedule.State.PAUSED;
    }
    return row.getOffsetDateTime(PLAN + 9) == null
        ? Schedule.State.FINISHED
        : Schedule.State.ACTIVE;
  }

  /** Of a row that has {@link #PROGRESS} from the given position on. */
  static Plan plan(Row row, int at) {
    UUID previous = row.getUUID(at + 3);
    Instant waiting = instant(row.getOffsetDateTime(at + 4));
    Instant next = instant(row.getOffsetDateTime(at + 6));
    Instant due = instant(row.getOffsetDateTime(at + 7));
    long fired = row.getLong(at + 1);
    return new Plan(
        row.getOffsetDateTime(at).toInstant(),
        fired,
        instant(row.getOffsetDateTime(at + 2)),
        previous == null ? null : new MessageId(previous),
        waiting == null ? null : new Plan.Waiting(waiting, row.getLong(at + 5)),
        next == null || due == null
            ? Optional.empty()
            : Optional.of(new Occurrence(next, due, fired + 1)));
  }

  static @Nullable Instant instant(@Nullable OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }

  static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }
}
