package io.posthaste.scheduling;

import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Capability;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
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

    /** The target's provider cannot tell whether a message is settled. */
    record OverlapUnseen(Queue target) implements Put {}

    record TooLarge(Queue target, int size) implements Put {}
  }

  /** Fails with {@code QueueNotFound} when there is no such target. */
  public Uni<Put> put(ScheduleName name, Definition definition) {
    return queues.get(definition.target()).flatMap(target -> put(name, definition, target));
  }

  private Uni<Put> put(ScheduleName name, Definition definition, Queue target) {
    int size = definition.message().content().payload().size();
    if (size > target.policy().maxMessageSize()) {
      return Uni.createFrom().item(new Put.TooLarge(target, size));
    }
    if (Planner.minds(definition)
        && !providers.of(target).capabilities().contains(Capability.PEEK)) {
      return Uni.createFrom().item(new Put.OverlapUnseen(target));
    }
    return calendars(definition.timetable())
        // Whether a rule ever fires may take a search through centuries
        .emitOn(Infrastructure.getDefaultExecutor())
        .invoke(
            found ->
                new Occurrences(name, definition.timetable(), clock.instant(), found).requireSome())
        .flatMap(_ -> store.put(name, definition))
        .map(defined -> new Put.Stored(defined.schedule(), defined.created()));
  }

  private Uni<List<Calendar>> calendars(Timetable timetable) {
    List<String> names = timetable.exclude();
    return names.isEmpty()
        ? Uni.createFrom().item(List.of())
        : calendars
            .find(names)
            .invoke(
                found -> {
                  List<String> known = found.stream().map(Calendar::name).toList();
                  for (int i = 0; i < names.size(); i++) {
                    if (!known.contains(names.get(i))) {
                      throw new InvalidField(
                          "exclude[" + i + "]",
                          "names the calendar '" + names.get(i) + "', which does not exist");
                    }
                  }
                });
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
    return calendars(schedule.definition().timetable())
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
