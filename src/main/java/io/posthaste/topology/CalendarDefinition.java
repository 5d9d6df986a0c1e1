package io.posthaste.topology;

import io.posthaste.schedule.Calendar;
import io.posthaste.scheduling.Calendars;
import io.posthaste.topology.Difference.Action;
import io.smallrye.mutiny.Uni;
import java.util.List;

/** A calendar with exactly these dates. */
public record CalendarDefinition(Calendars calendars, Calendar calendar) implements Definition {

  @Override
  public Reference reference() {
    return reference(calendar.name());
  }

  static Reference reference(String name) {
    return new Reference(Kind.CALENDAR, name);
  }

  @Override
  public Uni<Difference> compare(Topology document) {
    return calendars
        .find(List.of(calendar.name()))
        .map(
            found ->
                found.isEmpty()
                    ? Difference.of(this, Action.CREATE)
                    : Difference.inFields(
                        this,
                        found.getFirst().dates().equals(calendar.dates())
                            ? List.of()
                            : List.of("dates")));
  }

  @Override
  public Uni<Void> apply() {
    return calendars.put(calendar).replaceWithVoid();
  }
}
