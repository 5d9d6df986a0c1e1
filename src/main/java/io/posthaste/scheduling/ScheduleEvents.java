package io.posthaste.scheduling;

import io.posthaste.scheduling.HistoryEntry.Outcome;
import java.time.Duration;

/** Hears what becomes of occurrences, for metrics. Implementations neither block nor throw. */
public interface ScheduleEvents {
  void occurred(Outcome outcome, int occurrences);

  /** How long after its due time an occurrence that was not missed was fired. */
  void fired(Duration lag);
}
