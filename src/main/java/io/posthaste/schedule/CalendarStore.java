package io.posthaste.schedule;

import io.smallrye.mutiny.Uni;
import java.util.List;

/** Where calendars are kept. */
public interface CalendarStore {
  /** Those of the named calendars that exist. */
  Uni<List<Calendar>> find(List<String> names);
}
