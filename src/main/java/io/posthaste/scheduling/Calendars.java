package io.posthaste.scheduling;

import io.posthaste.schedule.Calendar;
import io.posthaste.schedule.CalendarStore;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Optional;

/** Where calendars lie, for all replicas. */
public interface Calendars extends CalendarStore {
  /** Stores a calendar, and plans the schedules that exclude it anew; whether it is new. */
  Uni<Boolean> put(Calendar calendar);

  /** The names behind {@code after}, in order. */
  Uni<List<String>> names(Optional<String> after, int limit);

  /** Removes a calendar that no schedule excludes. */
  Uni<Removed> delete(String name);

  /** What a removal led to. */
  enum Removed {
    GONE,
    NOT_FOUND,
    /** A schedule excludes it; nothing was changed. */
    IN_USE
  }
}
