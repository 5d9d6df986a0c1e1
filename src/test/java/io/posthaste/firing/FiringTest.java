package io.posthaste.firing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.SqlSession;
import io.posthaste.message.Content;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.StubProvider;
import io.posthaste.schedule.Calendar;
import io.posthaste.schedule.DaylightSaving;
import io.posthaste.schedule.MissedPolicy;
import io.posthaste.schedule.Moment;
import io.posthaste.schedule.Overlap;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.schedule.Timetable;
import io.posthaste.schedule.Timing;
import io.posthaste.scheduling.Calendars;
import io.posthaste.scheduling.Definition;
import io.posthaste.scheduling.HistoryEntry;
import io.posthaste.scheduling.HistoryEntry.Outcome;
import io.posthaste.scheduling.MessageTemplate;
import io.posthaste.scheduling.OccurrenceId;
import io.posthaste.scheduling.Schedule;
import io.posthaste.scheduling.ScheduleFilter;
import io.posthaste.scheduling.ScheduleStore;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FiringTest {
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final ScheduleName NAME = new ScheduleName("nightly");

  private final Vertx vertx = Vertx.vertx();
  private final SettableClock clock = new SettableClock();
  private final String url = FreshDatabase.create();
  private final StubProvider far = new StubProvider("far");
  private FiringReplica replica;

  @BeforeEach
  void open() {
    replica = new FiringReplica(vertx, url, clock, far).started();
    queue("q", "postgres");
  }

  @AfterEach
  void close() {
    replica.close();
    vertx.close();
  }

  private void queue(String name, String provider) {
    done(replica.queues().insert(new QueueName(name), provider, QueuePolicy.DEFAULT));
  }

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(LIMIT);
  }

  private static Definition every(Duration interval) {
    return definition(new Timing.Every(interval), MissedPolicy.DEFAULT, Overlap.ALLOW, "q");
  }

  private static Definition definition(
      Timing timing, MissedPolicy missed, Overlap overlap, String queue) {
    return new Definition(
        new Timetable(
            timing,
            ZoneOffset.UTC,
            null,
            null,
            null,
            Duration.ZERO,
            List.of(),
            DaylightSaving.DEFAULT),
        missed,
        overlap,
        new QueueName(queue),
        message("{\"n\":\"{{count}}\"}"));
  }

  private static MessageTemplate message(String payload) {
    return new MessageTemplate(
        Content.of(new Payload.Json(payload.getBytes(StandardCharsets.UTF_8))), null);
  }

  private Schedule put(Definition definition) {
    return done(replica.schedules().put(NAME, definition)).schedule();
  }

  private Schedule found() {
    return done(replica.schedules().find(NAME)).orElseThrow();
  }

  private void pass(Duration span) {
    clock.leap(span);
    replica.lookAgain();
  }

  private int messages() {
    return Integer.parseInt(sql("SELECT count(*) FROM message"));
  }

  private String sql(String query) {
    return SqlSession.at(url).query(query);
  }

  private void awaitMessages(int count) {
    Awaitility.await().atMost(LIMIT).untilAsserted(() -> assertThat(messages()).isEqualTo(count));
  }

  /** Until all that is due has been looked at. */
  private void settle() {
    replica.lookAgain();
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              String first = sql("SELECT coalesce(min(look_at), 'infinity') FROM plan");
              // Read after it: a step that leaves something to do is due by then
              return sql("SELECT timestamptz '%s' > '%s'".formatted(first, clock.now()))
                  .equals("t");
            });
  }

  private List<HistoryEntry> history() {
    return done(replica.schedules().history(found(), Optional.empty(), 1000));
  }

  private long count(Outcome outcome) {
    return history().stream().filter(entry -> entry.outcome() == outcome).count();
  }

  @Test
  void occurrence_becomes_a_message_with_a_known_id_headers_and_template() {
    Schedule schedule = put(every(HOUR));
    Instant planned = schedule.plan().next().orElseThrow().planned();
    assertThat(planned).isEqualTo(schedule.anchor().plus(HOUR));

    pass(HOUR.minusSeconds(2));
    settle();
    assertThat(messages()).isZero();
    pass(Duration.ofSeconds(2));

    awaitMessages(1);
    MessageId id = OccurrenceId.of(schedule.id(), planned);
    assertThat(sql("SELECT id FROM message")).isEqualTo(id.toString());
    assertThat(sql("SELECT convert_from(payload, 'UTF8') FROM message")).isEqualTo("{\"n\":\"1\"}");
    assertThat(sql("SELECT headers FROM message"))
        .contains("\"posthaste-schedule\":\"nightly\"")
        .contains("\"posthaste-planned\":\"" + planned + "\"")
        .contains("\"posthaste-fired\":\"");
    assertThat(sql("SELECT count(*) FROM ready")).isEqualTo("1");
    HistoryEntry entry = history().getFirst();
    assertThat(entry.outcome()).isEqualTo(Outcome.FIRED);
    assertThat(entry.message()).isEqualTo(id);
    assertThat(entry.planned()).isEqualTo(planned);
    assertThat(found().plan().next().orElseThrow().planned()).isEqualTo(planned.plus(HOUR));
    assertThat(found().plan().fired()).isOne();
  }

  @Test
  void occurrence_fires_at_its_time_without_anybody_looking() {
    Instant began = Instant.now();
    put(every(Duration.ofSeconds(1)));

    awaitMessages(1);

    assertThat(Duration.between(began, Instant.now()))
        .isBetween(Duration.ofMillis(900), Duration.ofMillis(1600));
  }

  @Test
  void clock_that_steps_back_an_hour_fires_nothing_twice() {
    put(every(Duration.ofMinutes(10)));
    for (int i = 1; i <= 6; i++) {
      pass(Duration.ofMinutes(10));
      awaitMessages(i);
    }

    pass(HOUR.negated());
    for (int i = 0; i < 6; i++) {
      pass(Duration.ofMinutes(10));
      settle();
    }
    assertThat(messages()).isEqualTo(6);
    pass(Duration.ofMinutes(10));

    awaitMessages(7);
    assertThat(sql("SELECT count(DISTINCT id) FROM message")).isEqualTo("7");
    assertThat(count(Outcome.FIRED)).isEqualTo(7);
    assertThat(count(Outcome.MISSED)).isZero();
  }

  @Test
  void two_replicas_fire_each_occurrence_once() {
    try (var other = new FiringReplica(vertx, url, clock).started()) {
      for (int i = 0; i < 300; i++) {
        done(other.schedules().put(new ScheduleName("s" + i), every(HOUR)));
      }
      for (int round = 1; round <= 4; round++) {
        clock.leap(HOUR);
        replica.lookAgain();
        other.lookAgain();
        awaitMessages(300 * round);
      }
    }
    settle();

    assertThat(messages()).isEqualTo(1200);
    assertThat(sql("SELECT count(*) FROM occurrence WHERE outcome = 'fired'")).isEqualTo("1200");
    assertThat(sql("SELECT max(n) FROM (SELECT count(*) AS n FROM occurrence GROUP BY schedule) x"))
        .isEqualTo("4");
  }

  private void missed(MissedPolicy policy, int fired) {
    put(definition(new Timing.Every(Duration.ofMinutes(10)), policy, Overlap.ALLOW, "q"));
    pass(Duration.ofMinutes(65));
    settle();

    assertThat(messages()).isEqualTo(fired);
    assertThat(count(Outcome.FIRED)).isEqualTo(fired);
    assertThat(count(Outcome.MISSED)).isEqualTo(6 - fired);
    pass(Duration.ofMinutes(5));
    awaitMessages(fired + 1);
  }

  @Test
  void missed_occurrences_are_skipped() {
    missed(new MissedPolicy.Skip(), 0);
  }

  @Test
  void last_missed_occurrence_is_fired() {
    missed(new MissedPolicy.Last(), 1);
  }

  @Test
  void all_missed_occurrences_are_fired() {
    missed(new MissedPolicy.All(), 6);
  }

  @Test
  void some_missed_occurrences_are_fired() {
    missed(new MissedPolicy.UpTo(4), 4);
  }

  @Test
  void occurrences_missed_within_a_window_are_fired() {
    missed(new MissedPolicy.Within(Duration.ofMinutes(20)), 2);
  }

  @Test
  void thousands_of_missed_occurrences_are_settled_in_steps() {
    put(
        definition(
            new Timing.Every(Duration.ofSeconds(1)), new MissedPolicy.Last(), Overlap.ALLOW, "q"));

    pass(HOUR);
    settle();

    assertThat(Integer.parseInt(sql("SELECT entries FROM plan"))).isGreaterThanOrEqualTo(3600);
    assertThat(messages()).isBetween(1, 5);
    assertThat(Integer.parseInt(sql("SELECT count(*) FROM occurrence")))
        .isBetween(History.KEPT, History.KEPT + 1100);
  }

  @Test
  void paused_schedule_fires_nothing_and_what_was_planned_was_missed() {
    put(
        definition(
            new Timing.Every(Duration.ofMinutes(10)), new MissedPolicy.Skip(), Overlap.ALLOW, "q"));

    assertThat(done(replica.schedules().pause(NAME)).orElseThrow().state())
        .isEqualTo(Schedule.State.PAUSED);
    pass(Duration.ofMinutes(10).plusSeconds(1));
    settle();
    assertThat(messages()).isZero();
    assertThat(done(replica.schedules().resume(NAME)).orElseThrow().state())
        .isEqualTo(Schedule.State.ACTIVE);
    settle();

    // A second late only, and yet missed: it was paused on purpose
    assertThat(messages()).isZero();
    assertThat(count(Outcome.MISSED)).isOne();
    pass(Duration.ofMinutes(10));
    awaitMessages(1);
  }

  @Test
  void changed_schedule_fires_by_its_new_plan_only() {
    put(every(HOUR));

    Schedule changed = put(every(HOUR.multipliedBy(3)));
    pass(HOUR);
    settle();
    assertThat(messages()).isZero();
    pass(HOUR.multipliedBy(2));

    awaitMessages(1);
    assertThat(changed.plan().next().orElseThrow().planned())
        .isEqualTo(changed.anchor().plus(HOUR.multipliedBy(3)));
  }

  @Test
  void change_of_the_message_leaves_the_plan_as_it_is() {
    Schedule before = put(every(HOUR));
    clock.leap(Duration.ofMinutes(30));
    Definition definition = every(HOUR);

    Schedule after =
        put(
            new Definition(
                definition.timetable(),
                definition.missed(),
                definition.overlap(),
                definition.target(),
                message("\"other\"")));

    assertThat(after.plan().next()).isEqualTo(before.plan().next());
    assertThat(after.anchor()).isEqualTo(before.anchor());
    pass(Duration.ofMinutes(30));
    awaitMessages(1);
    assertThat(sql("SELECT convert_from(payload, 'UTF8') FROM message")).isEqualTo("\"other\"");
  }

  @Test
  void schedule_with_at_fires_once_and_is_finished() {
    Instant at = clock.now().plus(HOUR).truncatedTo(ChronoUnit.MILLIS);
    put(definition(new Timing.At(new Moment.Exact(at)), MissedPolicy.DEFAULT, Overlap.ALLOW, "q"));

    pass(HOUR);
    awaitMessages(1);
    pass(HOUR);
    settle();

    assertThat(messages()).isOne();
    assertThat(found().state()).isEqualTo(Schedule.State.FINISHED);
    assertThatThrownBy(
            () ->
                put(
                    definition(
                        new Timing.At(new Moment.Exact(at.plusSeconds(1))),
                        MissedPolicy.DEFAULT,
                        Overlap.ALLOW,
                        "q")))
        .isInstanceOf(InvalidField.class);
  }

  @Test
  void finished_schedule_stays_so_when_it_is_paused_and_resumed() {
    Instant at = clock.now().plus(HOUR).truncatedTo(ChronoUnit.MILLIS);
    put(definition(new Timing.At(new Moment.Exact(at)), MissedPolicy.DEFAULT, Overlap.ALLOW, "q"));
    pass(HOUR);
    awaitMessages(1);
    settle();
    done(replica.schedules().pause(NAME));

    Schedule resumed = done(replica.schedules().resume(NAME)).orElseThrow();

    assertThat(resumed.state()).isEqualTo(Schedule.State.FINISHED);
  }

  @Test
  void end_that_is_over_is_refused_unless_it_was_there_before() {
    Instant end = clock.now().plus(HOUR).truncatedTo(ChronoUnit.MILLIS);
    Definition ending = endingAt(end);
    put(ending);
    pass(HOUR.multipliedBy(2));
    settle();

    assertThat(put(ending).state()).isEqualTo(Schedule.State.FINISHED);
    assertThatThrownBy(() -> put(endingAt(end.plusSeconds(1))))
        .isInstanceOf(InvalidField.class)
        .hasMessage("must lie ahead");
  }

  private static Definition endingAt(Instant end) {
    Definition endless = every(HOUR);
    return new Definition(
        new Timetable(
            endless.timetable().timing(),
            ZoneOffset.UTC,
            null,
            new Moment.Exact(end),
            null,
            Duration.ZERO,
            List.of(),
            DaylightSaving.DEFAULT),
        endless.missed(),
        endless.overlap(),
        endless.target(),
        endless.message());
  }

  @Test
  void overlap_skip_leaves_out_what_meets_an_unsettled_message() {
    put(definition(new Timing.Every(HOUR), MissedPolicy.DEFAULT, Overlap.SKIP, "q"));
    pass(HOUR);
    awaitMessages(1);

    pass(HOUR);
    settle();
    assertThat(messages()).isOne();
    assertThat(count(Outcome.SKIPPED)).isOne();
    ack();
    pass(HOUR);

    awaitMessages(1);
    assertThat(count(Outcome.FIRED)).isEqualTo(2);
  }

  private void ack() {
    SqlSession.at(url).run("DELETE FROM message; DELETE FROM ready");
  }

  @Test
  void overlap_queue_sends_one_once_the_previous_message_is_settled() {
    put(definition(new Timing.Every(HOUR), MissedPolicy.DEFAULT, Overlap.QUEUE, "q"));
    pass(HOUR);
    awaitMessages(1);
    pass(HOUR);
    settle();
    pass(HOUR);
    settle();
    assertThat(messages()).isOne();
    assertThat(count(Outcome.SKIPPED)).isOne();

    ack();
    pass(Duration.ofSeconds(1));

    awaitMessages(1);
    assertThat(count(Outcome.FIRED)).isEqualTo(2);
    settle();
    assertThat(messages()).isOne();
  }

  @Test
  void queue_that_is_missing_holds_up_no_other_and_its_occurrence_waits() {
    put(definition(new Timing.Every(HOUR), MissedPolicy.DEFAULT, Overlap.ALLOW, "later"));
    done(replica.schedules().put(new ScheduleName("other"), every(HOUR)));

    pass(HOUR);
    awaitMessages(1);
    settle();
    assertThat(found().problem()).hasValue("There is no queue 'later'.");
    assertThat(count(Outcome.FAILED)).isOne();
    queue("later", "postgres");
    pass(Duration.ofSeconds(30));

    awaitMessages(2);
    settle();
    assertThat(found().problem()).isEmpty();
    assertThat(count(Outcome.FIRED)).isOne();
  }

  @Test
  void occurrences_for_another_broker_go_through_the_outbox_unless_it_is_away() {
    queue("there", "far");
    Schedule schedule =
        put(definition(new Timing.Every(HOUR), MissedPolicy.DEFAULT, Overlap.SKIP, "there"));
    far.reachable(false);
    pass(HOUR);
    settle();
    assertThat(sql("SELECT count(*) FROM outbox")).isEqualTo("0");
    far.reachable(true);

    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              pass(Duration.ofSeconds(5));
              return sql("SELECT count(*) FROM outbox").equals("1");
            });

    MessageId id = OccurrenceId.of(schedule.id(), schedule.plan().next().orElseThrow().planned());
    assertThat(sql("SELECT id FROM outbox")).isEqualTo(id.toString());
    far.holds(id);
    pass(HOUR);
    settle();
    assertThat(count(Outcome.SKIPPED)).isOne();
    far.settles(id);
    pass(HOUR);
    Awaitility.await().atMost(LIMIT).until(() -> sql("SELECT count(*) FROM outbox").equals("2"));
  }

  @Test
  void schedule_that_breaks_its_step_is_set_aside_and_holds_up_no_other() {
    put(every(HOUR));
    for (int i = 0; i < 20; i++) {
      done(replica.schedules().put(new ScheduleName("other" + i), every(HOUR)));
    }
    SqlSession.at(url).run("UPDATE schedule SET zone = 'Nowhere/Gone' WHERE name = 'nightly'");

    pass(HOUR);

    awaitMessages(20);
    settle();
    assertThat(sql("SELECT problem FROM plan WHERE problem IS NOT NULL"))
        .startsWith("It cannot be fired: ");
    SqlSession.at(url).run("UPDATE schedule SET zone = 'UTC' WHERE name = 'nightly'");
    pass(Duration.ofMinutes(1));
    awaitMessages(21);
  }

  @Test
  void trigger_sends_at_once_and_leaves_the_plan_alone() {
    Schedule before = put(every(HOUR));

    MessageId id = done(replica.schedules().trigger(NAME)).orElseThrow();

    assertThat(sql("SELECT id FROM message")).isEqualTo(id.toString());
    assertThat(found().plan()).isEqualTo(before.plan());
    assertThat(history()).extracting(HistoryEntry::outcome).containsExactly(Outcome.TRIGGERED);
    assertThat(done(replica.schedules().trigger(new ScheduleName("missing")))).isEmpty();
  }

  @Test
  void deleted_schedule_fires_no_more_and_a_new_one_of_its_name_is_another() {
    Schedule first = put(every(HOUR));
    assertThat(done(replica.schedules().delete(NAME))).isTrue();
    assertThat(done(replica.schedules().delete(NAME))).isFalse();
    assertThat(done(replica.schedules().find(NAME))).isEmpty();
    pass(HOUR);
    settle();
    assertThat(messages()).isZero();

    assertThat(put(every(HOUR)).id()).isNotEqualTo(first.id());
  }

  @Test
  void calendar_keeps_its_dates_free_and_counts_at_once_when_it_changes() {
    LocalDate tomorrow = LocalDate.ofInstant(clock.now(), ZoneOffset.UTC).plusDays(1);
    Calendars calendars = replica.calendars();
    assertThat(done(calendars.put(new Calendar("holidays", Set.of(tomorrow))))).isTrue();
    Definition daily =
        definition(Timing.Cron.parse("0 12 * * *"), MissedPolicy.DEFAULT, Overlap.ALLOW, "q");
    Timetable timetable = daily.timetable();
    Definition excluding =
        new Definition(
            new Timetable(
                timetable.timing(),
                timetable.zone(),
                null,
                null,
                null,
                Duration.ZERO,
                List.of("holidays"),
                timetable.dst()),
            daily.missed(),
            daily.overlap(),
            daily.target(),
            daily.message());
    put(excluding);
    Instant noon = tomorrow.atTime(12, 0).toInstant(ZoneOffset.UTC);
    clock.leap(Duration.between(clock.now(), noon.minus(HOUR)));
    replica.lookAgain();
    settle();
    assertThat(found().plan().next().orElseThrow().planned())
        .isEqualTo(noon.plus(Duration.ofDays(1)));

    assertThat(done(calendars.put(new Calendar("holidays", Set.of())))).isFalse();
    settle();

    assertThat(found().plan().next().orElseThrow().planned()).isEqualTo(noon);
    assertThat(done(calendars.delete("holidays"))).isEqualTo(Calendars.Removed.IN_USE);
    assertThat(done(calendars.delete("missing"))).isEqualTo(Calendars.Removed.NOT_FOUND);
    done(replica.schedules().delete(NAME));
    assertThat(done(calendars.delete("holidays"))).isEqualTo(Calendars.Removed.GONE);
  }

  @Test
  void list_is_filtered_and_goes_on_behind_a_name() {
    queue("other", "postgres");
    ScheduleStore schedules = replica.schedules();
    for (String name : List.of("a1", "a2", "b1")) {
      done(schedules.put(new ScheduleName(name), every(HOUR)));
    }
    done(
        schedules.put(
            new ScheduleName("b2"),
            definition(new Timing.Every(HOUR), MissedPolicy.DEFAULT, Overlap.ALLOW, "other")));
    done(schedules.pause(new ScheduleName("a2")));

    assertThat(names(Optional.empty(), Optional.empty(), Optional.empty()))
        .containsExactly("a1", "a2", "b1", "b2");
    assertThat(names(Optional.of("other"), Optional.empty(), Optional.empty()))
        .containsExactly("b2");
    assertThat(names(Optional.empty(), Optional.of(Schedule.State.PAUSED), Optional.empty()))
        .containsExactly("a2");
    assertThat(names(Optional.empty(), Optional.empty(), Optional.of("a")))
        .containsExactly("a1", "a2");
    assertThat(
            done(
                schedules.list(
                    new ScheduleFilter(Optional.empty(), Optional.empty(), Optional.empty()),
                    Optional.of(new ScheduleName("a2")),
                    1)))
        .extracting(schedule -> schedule.name().value())
        .containsExactly("b1");
  }

  private List<String> names(
      Optional<String> queue, Optional<Schedule.State> state, Optional<String> prefix) {
    return done(
            replica
                .schedules()
                .list(new ScheduleFilter(queue, state, prefix), Optional.empty(), 10))
        .stream()
        .map(schedule -> schedule.name().value())
        .toList();
  }
}
