package io.posthaste.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.posthaste.scheduling.HistoryEntry.Outcome;
import io.posthaste.scheduling.ScheduleEvents;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/** Counts what becomes of occurrences, of all schedules together: there may be a million. */
@ApplicationScoped
class ScheduleMetrics implements ScheduleEvents {
  private static final Duration[] BUCKETS =
      Stream.of(5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
  private final Timer lag;

  ScheduleMetrics(MeterRegistry registry) {
    for (Outcome outcome : Outcome.values()) {
      counters.put(
          outcome,
          Counter.builder("posthaste.schedule.occurrences")
              .description("Occurrences of schedules, by what became of them")
              .tag("outcome", outcome.code())
              .register(registry));
    }
    lag =
        Timer.builder("posthaste.schedule.lag")
            .description("From an occurrence's due time to its firing, missed ones left out")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
  }

  @Override
  public void occurred(Outcome outcome, int occurrences) {
    Counter counter = counters.get(outcome);
    if (counter != null) {
      counter.increment(occurrences);
    }
  }

  @Override
  public void fired(Duration late) {
    lag.record(late.isNegative() ? Duration.ZERO : late);
  }
}
