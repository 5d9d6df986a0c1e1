package io.posthaste.firing;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Content;
import io.posthaste.message.Payload;
import io.posthaste.queue.QueueName;
import io.posthaste.schedule.DaylightSaving;
import io.posthaste.schedule.MissedPolicy;
import io.posthaste.schedule.Moment;
import io.posthaste.schedule.Overlap;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.schedule.Timetable;
import io.posthaste.schedule.Timing;
import io.posthaste.scheduling.Definition;
import io.posthaste.scheduling.MessageTemplate;
import io.posthaste.store.SettableClock;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is stored is what was written. */
final class ScheduleRowTest {
  private static Vertx vertx;
  private static FiringReplica replica;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
    replica = new FiringReplica(vertx, FreshDatabase.create(), new SettableClock());
  }

  @AfterAll
  static void close() {
    replica.close();
    vertx.close();
  }

  private static final Content PLAIN = Content.of(new Payload.Json(new byte[] {'1'}));

  static List<Definition> definitions() {
    return List.of(
        definition(
            new Timetable(
                new Timing.At(Moment.parse("at", "2199-03-01T09:00")),
                ZoneId.of("America/New_York"),
                null,
                null,
                null,
                Duration.ZERO,
                List.of(),
                DaylightSaving.DEFAULT),
            new MissedPolicy.Skip(),
            Overlap.ALLOW,
            new MessageTemplate(PLAIN, null)),
        definition(
            new Timetable(
                new Timing.Every(Duration.ofMillis(1500)),
                ZoneOffset.ofHours(2),
                Moment.parse("start", "2027-03-01T09:00:00.000001Z"),
                Moment.parse("end", "2199-03-01T09:00"),
                7,
                Duration.ofMillis(3),
                List.of(),
                new DaylightSaving(DaylightSaving.Gap.SKIP, DaylightSaving.Repeat.BOTH)),
            new MissedPolicy.UpTo(9),
            Overlap.SKIP,
            new MessageTemplate(
                new Content(
                    new Payload.Binary(new byte[] {0, -1}, "image/png"),
                    "t",
                    Map.of("b", "1", "a", "2"),
                    "c",
                    9,
                    "g",
                    null),
                Duration.ofHours(3))),
        definition(
            new Timetable(
                Timing.Cron.parse("*/5 * * * * *"),
                ZoneOffset.UTC,
                null,
                null,
                null,
                Duration.ZERO,
                List.of(),
                DaylightSaving.DEFAULT),
            new MissedPolicy.Within(Duration.ofMinutes(5)),
            Overlap.QUEUE,
            new MessageTemplate(PLAIN, null)),
        definition(
            new Timetable(
                Timing.Recurrence.parse("FREQ=MONTHLY;BYDAY=-1FR"),
                ZoneId.of("Europe/Berlin"),
                null,
                null,
                null,
                Duration.ZERO,
                List.of(),
                DaylightSaving.DEFAULT),
            new MissedPolicy.All(),
            Overlap.ALLOW,
            new MessageTemplate(PLAIN, null)));
  }

  private static Definition definition(
      Timetable timetable, MissedPolicy missed, Overlap overlap, MessageTemplate message) {
    return new Definition(timetable, missed, overlap, new QueueName("q"), message);
  }

  @ParameterizedTest
  @MethodSource("definitions")
  void definition_is_read_as_it_was_written(Definition definition) {
    ScheduleName name = new ScheduleName("s");

    replica.schedules().put(name, definition).await().atMost(Duration.ofSeconds(10));

    Definition read =
        replica
            .schedules()
            .find(name)
            .await()
            .atMost(Duration.ofSeconds(10))
            .orElseThrow()
            .definition();
    assertThat(read.timetable()).isEqualTo(definition.timetable());
    assertThat(read.missed()).isEqualTo(definition.missed());
    assertThat(read.overlap()).isEqualTo(definition.overlap());
    assertThat(read.target()).isEqualTo(definition.target());
    assertThat(read.message().timeToLive()).isEqualTo(definition.message().timeToLive());
    assertThat(read.message().content())
        .usingRecursiveComparison()
        .isEqualTo(definition.message().content());
  }
}
