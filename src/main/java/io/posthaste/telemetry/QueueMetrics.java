package io.posthaste.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Settlement;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Counts what happens to messages. Each of the first {@link #MOST_QUEUES} queues has series of its
 * own; all others share those labelled {@link #OTHER}, so that ten thousand queues do not drown a
 * metrics store.
 */
@ApplicationScoped
class QueueMetrics implements QueueEvents {
  static final int MOST_QUEUES = 500;
  static final String OTHER = "_other";

  private static final Duration[] BUCKETS =
      Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final MeterRegistry registry;
  private final Map<QueueName, String> labels = new ConcurrentHashMap<>();
  private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
  private final Map<String, Timer> timers = new ConcurrentHashMap<>();
  private final Map<String, Timer> statements = new ConcurrentHashMap<>();
  private final Map<String, DistributionSummary> sizes = new ConcurrentHashMap<>();

  private record Series(String name, String queue, String what) {}

  QueueMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void sent(QueueName queue, int messages) {
    count("posthaste.messages.sent", queue, "", messages);
  }

  @Override
  public void received(QueueName queue, int messages) {
    count("posthaste.messages.received", queue, "", messages);
  }

  @Override
  public void settled(QueueName queue, Settlement.Outcome outcome, int messages) {
    count(
        "posthaste.messages.settled",
        queue,
        outcome.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        messages);
  }

  @Override
  public void dead(QueueName queue, DeadLetterClass deadLetterClass, int messages) {
    count("posthaste.messages.dead", queue, deadLetterClass.code(), messages);
  }

  @Override
  public void dropped(QueueName queue, int messages) {
    count("posthaste.messages.dropped", queue, "", messages);
  }

  @Override
  public void answered(String operation, Duration took) {
    timers
        .computeIfAbsent(
            operation,
            _ ->
                Timer.builder("posthaste." + operation)
                    .description("Time until the answer, of sends and of receives without a wait")
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry))
        .record(took);
  }

  @Override
  public void merged(String operation, int requests, Duration took) {
    statements
        .computeIfAbsent(
            operation,
            _ ->
                Timer.builder("posthaste.statement")
                    .description("Time of one merged statement")
                    .tag("operation", operation)
                    .register(registry))
        .record(took);
    sizes
        .computeIfAbsent(
            operation,
            _ ->
                DistributionSummary.builder("posthaste.group.commit.size")
                    .description("Requests that shared one statement")
                    .tag("operation", operation)
                    .register(registry))
        .record(requests);
  }

  /** The label of a queue: its name, or that of all the others. */
  String label(QueueName queue) {
    String label = labels.get(queue);
    if (label != null) {
      return label;
    }
    return labels.size() < MOST_QUEUES ? labels.computeIfAbsent(queue, QueueName::value) : OTHER;
  }

  private void count(String name, QueueName queue, String what, int messages) {
    counters
        .computeIfAbsent(new Series(name, label(queue), what), this::counter)
        .increment(messages);
  }

  private Counter counter(Series series) {
    Counter.Builder builder = Counter.builder(series.name()).tag("queue", series.queue());
    if (!series.what().isEmpty()) {
      builder.tag(series.name().endsWith("dead") ? "class" : "outcome", series.what());
    }
    return builder.register(registry);
  }
}
