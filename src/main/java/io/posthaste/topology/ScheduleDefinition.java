package io.posthaste.topology;

import io.posthaste.queue.QueueName;
import io.posthaste.schedule.Calendar;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.schedule.Timetable;
import io.posthaste.schedule.Timing;
import io.posthaste.scheduling.ScheduleRefused;
import io.posthaste.scheduling.Scheduler;
import io.posthaste.scheduling.Scheduler.Target;
import io.posthaste.topology.Difference.Action;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A schedule, exactly as its owner wrote it. Whether it is paused is not the document's matter. */
public record ScheduleDefinition(
    Scheduler scheduler, ScheduleName name, io.posthaste.scheduling.Definition definition)
    implements Definition {

  @Override
  public Reference reference() {
    return new Reference(Kind.SCHEDULE, name.value());
  }

  @Override
  public Set<Reference> needs() {
    Set<Reference> needs = new HashSet<>();
    needs.add(QueueDefinition.reference(definition.target()));
    definition
        .timetable()
        .exclude()
        .forEach(calendar -> needs.add(CalendarDefinition.reference(calendar)));
    return needs;
  }

  @Override
  public Uni<Difference> compare(Topology document) {
    return scheduler
        .plan(name, definition, new Coming(document))
        .map(
            plan ->
                switch (plan) {
                  case Scheduler.Plan.Create() -> Difference.of(this, Action.CREATE);
                  case Scheduler.Plan.Change(var there) ->
                      Difference.inFields(this, differences(there.definition()));
                  case Scheduler.Plan.Refuse(var why) -> throw new ScheduleRefused(name, why);
                });
  }

  /** What the document defines before its schedules. */
  private record Coming(Topology document) implements Scheduler.Coming {
    @Override
    public Optional<Target> target(QueueName name) {
      return document
          .find(QueueDefinition.class, QueueDefinition.reference(name))
          .map(queue -> new Target(queue.name(), queue.provider(), queue.policy()));
    }

    @Override
    public Optional<Calendar> calendar(String name) {
      return document
          .find(CalendarDefinition.class, CalendarDefinition.reference(name))
          .map(CalendarDefinition::calendar);
    }
  }

  private List<String> differences(io.posthaste.scheduling.Definition there) {
    List<String> fields = new ArrayList<>();
    Timetable timetable = definition.timetable();
    Timetable before = there.timetable();
    add(fields, timingField(timetable.timing()), timetable.timing(), before.timing());
    add(fields, "timezone", timetable.zone(), before.zone());
    add(fields, "start", timetable.start(), before.start());
    add(fields, "end", timetable.end(), before.end());
    add(fields, "limit", timetable.limit(), before.limit());
    add(fields, "jitter", timetable.jitter(), before.jitter());
    add(fields, "exclude", timetable.exclude(), before.exclude());
    add(fields, "dst", timetable.dst(), before.dst());
    add(fields, "missed", definition.missed(), there.missed());
    add(fields, "overlap", definition.overlap(), there.overlap());
    add(fields, "target", definition.target(), there.target());
    add(fields, "message", definition.message(), there.message());
    return fields;
  }

  private static void add(
      List<String> fields, String name, @Nullable Object wanted, @Nullable Object there) {
    if (!Objects.equals(wanted, there)) {
      fields.add(name);
    }
  }

  private static String timingField(Timing timing) {
    return switch (timing) {
      case Timing.At _ -> "at";
      case Timing.Every _ -> "every";
      case Timing.Cron _ -> "cron";
      case Timing.Recurrence _ -> "rrule";
    };
  }

  @Override
  public Uni<Void> apply() {
    return scheduler
        .put(name, definition)
        .invoke(
            put -> {
              switch (put) {
                case Scheduler.Put.Stored _ -> {}
                case Scheduler.Put.Refusal why -> throw new ScheduleRefused(name, why);
              }
            })
        .replaceWithVoid();
  }
}
