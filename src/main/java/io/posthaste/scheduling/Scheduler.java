package io.posthaste.scheduling;

import static java.util.stream.Collectors.toList;

import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues;
import io.posthaste.schedule.Calendar;
import io.posthaste.schedule.Occurrence;
import io.posthaste.schedule.Occurrences;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.schedule.Timetable;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Defines schedules, reads, changes and triggers them. */
@ApplicationScoped
public class Scheduler {
  private final ScheduleStore store;
  private final Calendars calendars;
  private final Queues queues;
  private final Providers providers;
  private final InstantSource clock = InstantSource.system();

  Scheduler(ScheduleStore store, Calendars calendars, Queues queues, Providers providers) {
    this.store = store;
    this.calendars = calendars;
    this.queues = queues;
    this.providers = providers;
  }

  /** What a definition led to. */
  public sealed interface Put {
    record Stored(Schedule schedule, boolean created) implements Put {}

    /** Nothing was changed. */
    sealed interface Refusal extends Put {}

    /** The target's provider cannot tell whether a message is settled. */
    record OverlapUnseen(Target target) implements Refusal {}

    record TooLarge(Target target, int size) implements Refusal {}
  }

  /** The queue that a schedule sends into. */
  public record Target(QueueName name, String provider, QueuePolicy policy) {
    private static Target of(Queue queue) {
      return new Target(queue.name(), queue.provider(), queue.policy());
    }
  }

  /** What a definition is going to do. */
  public sealed interface Plan {
    record Create() implements Plan {}

    record Change(Schedule there) implements Plan {}

    record Refuse(Put.Refusal why) implements Plan {}
  }

  /** What is going to be there before a schedule is, as it will be. */
  public interface Coming {
    Optional<Target> target(QueueName name);

    Optional<Calendar> calendar(String name);
  }

  private static final Coming NOTHING =
      new Coming() {
        @Override
        public Optional<Target> target(QueueName name) {
          return Optional.empty();
        }

        @Override
        public Optional<Calendar> calendar(String name) {
          return Optional.empty();
        }
      };

  /** Fails with {@code QueueNotFound} when there is no such target. */
  public Uni<Put> put(ScheduleName name, Definition definition) {
    return check(name, definition, NOTHING)
        .flatMap(
            checked ->
                switch (checked) {
                  case Checked.Refused(var why) -> Uni.createFrom().item(why);
                  case Checked.Fine _ -> store(name, definition);
                });
  }

  private Uni<Put> store(ScheduleName name, Definition definition) {
    return store
        .put(name, definition)
        .map(defined -> new Put.Stored(defined.schedule(), defined.created()));
  }

  /** What {@link #put} would do once what is coming is there; changes nothing. */
  public Uni<Plan> plan(ScheduleName name, Definition definition, Coming coming) {
    return check(name, definition, coming)
        .flatMap(
            checked ->
                switch (checked) {
                  case Checked.Refused(var why) -> Uni.createFrom().item(new Plan.Refuse(why));
                  case Checked.Fine(var occurrences) ->
                      store.find(name).map(found -> plan(definition, found, occurrences));
                });
  }

  private Plan plan(Definition definition, Optional<Schedule> found, Occurrences occurrences) {
    boolean goesOn =
        found
            .map(there -> there.definition().timetable().equals(definition.timetable()))
            .orElse(false);
    if (!goesOn) {
      occurrences.first(clock.instant());
    }
    return found.<Plan>map(Plan.Change::new).orElseGet(Plan.Create::new);
  }

  private sealed interface Checked {
    record Refused(Put.Refusal why) implements Checked {}

    record Fine(Occurrences occurrences) implements Checked {}
  }

  private Uni<Checked> check(ScheduleName name, Definition definition, Coming coming) {
    return target(definition.target(), coming)
        .flatMap(
            target ->
                refusal(definition, target)
                    .<Uni<Checked>>map(why -> Uni.createFrom().item(new Checked.Refused(why)))
                    .orElseGet(() -> checkTimes(name, definition.timetable(), coming)));
  }

  private Uni<Target> target(QueueName name, Coming coming) {
    return coming
        .target(name)
        .map(target -> Uni.createFrom().item(target))
        .orElseGet(() -> queues.get(name).map(Target::of));
  }

  private Optional<Put.Refusal> refusal(Definition definition, Target target) {
    int size = definition.message().content().payload().size();
    if (size > target.policy().maxMessageSize()) {
      return Optional.of(new Put.TooLarge(target, size));
    }
    if (Planner.minds(definition) && !sees(target.provider())) {
      return Optional.of(new Put.OverlapUnseen(target));
    }
    return Optional.empty();
  }

  private boolean sees(String provider) {
    return providers
        .find(provider)
        .map(it -> it.capabilities().contains(Capability.PEEK))
        .orElse(false);
  }

  private Uni<Checked> checkTimes(ScheduleName name, Timetable timetable, Coming coming) {
    return calendars(timetable, coming)
        // Whether a rule ever fires may take a search through centuries
        .emitOn(Infrastructure.getDefaultExecutor())
        .map(found -> new Occurrences(name, timetable, clock.instant(), found))
        .invoke(Occurrences::requireSome)
        .map(Checked.Fine::new);
  }

  private Uni<List<Calendar>> calendars(Timetable timetable, Coming coming) {
    List<String> names = timetable.exclude();
    List<Calendar> known =
        names.stream().map(coming::calendar).flatMap(Optional::stream).collect(toList());
    if (known.size() == names.size()) {
      return Uni.createFrom().item(known);
    }
    return calendars
        .find(names)
        .map(
            stored -> {
              stored.stream()
                  .filter(it -> coming.calendar(it.name()).isEmpty())
                  .forEach(known::add);
              return known;
            })
        .invoke(all -> requireAll(names, all));
  }

  private static void requireAll(List<String> names, List<Calendar> found) {
    List<String> known = found.stream().map(Calendar::name).toList();
    for (int i = 0; i < names.size(); i++) {
      if (!known.contains(names.get(i))) {
        throw new InvalidField(
            "exclude[" + i + "]",
            "names the calendar '" + names.get(i) + "', which does not exist");
      }
    }
  }

  public Uni<Optional<Schedule>> find(ScheduleName name) {
    return store.find(name);
  }

  public Uni<List<Schedule>> list(ScheduleFilter filter, Optional<ScheduleName> after, int limit) {
    return store.list(filter, after, limit);
  }

  public Uni<Boolean> delete(ScheduleName name) {
    return store.delete(name);
  }

  public Uni<Optional<Schedule>> pause(ScheduleName name) {
    return store.pause(name);
  }

  public Uni<Optional<Schedule>> resume(ScheduleName name) {
    return store.resume(name);
  }

  public Uni<Optional<MessageId>> trigger(ScheduleName name) {
    return store.trigger(name);
  }

  public Uni<List<HistoryEntry>> history(Schedule schedule, Optional<Long> before, int limit) {
    return store.history(schedule, before, limit);
  }

  /** The next occurrences of a schedule, as it stands, whether it is paused or not. */
  public Uni<List<Occurrence>> next(Schedule schedule, int count) {
    return calendars(schedule.definition().timetable(), NOTHING)
        .emitOn(Infrastructure.getDefaultExecutor())
        .map(
            found -> {
              Occurrences occurrences =
                  new Occurrences(
                      schedule.name(), schedule.definition().timetable(), schedule.anchor(), found);
              List<Occurrence> all = new ArrayList<>();
              Optional<Occurrence> next =
                  occurrences.after(schedule.plan().settled(), schedule.plan().fired());
              while (next.isPresent() && all.size() < count) {
                all.add(next.get());
                next = occurrences.after(next.get().planned(), next.get().number());
              }
              return all;
            });
  }
}
