package io.posthaste.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.posthaste.consumer.ConsumerEvents;
import io.posthaste.consumer.Failure;
import io.posthaste.consumer.Kind;
import io.posthaste.queue.QueueName;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what consumers do, by the queues that {@link QueueMetrics} tells apart. */
@ApplicationScoped
class ConsumerMetrics implements ConsumerEvents {
  private final MeterRegistry registry;
  private final QueueMetrics labels;
  private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> held = new ConcurrentHashMap<>();

  private record Series(String name, String queue, String kind, String reason) {}

  ConsumerMetrics(MeterRegistry registry, QueueMetrics labels) {
    this.registry = registry;
    this.labels = labels;
  }

  @Override
  public void handedOn(QueueName queue, Kind kind) {
    count(new Series("posthaste.consumer.forwarded", labels.label(queue), kind.code(), ""));
  }

  @Override
  public void failed(QueueName queue, Kind kind, Failure failure) {
    count(
        new Series("posthaste.consumer.failed", labels.label(queue), kind.code(), failure.code()));
  }

  private void count(Series series) {
    counters.computeIfAbsent(series, this::counter).increment();
  }

  private Counter counter(Series series) {
    Counter.Builder builder =
        Counter.builder(series.name()).tag("queue", series.queue()).tag("kind", series.kind());
    if (!series.reason().isEmpty()) {
      builder.tag("reason", series.reason());
    }
    return builder.register(registry);
  }

  @Override
  public void held(QueueName queue, int change) {
    held.computeIfAbsent(labels.label(queue), this::gauge).addAndGet(change);
  }

  private AtomicInteger gauge(String queue) {
    AtomicInteger messages = new AtomicInteger();
    Gauge.builder("posthaste.consumer.in.flight", messages, AtomicInteger::get)
        .description("Messages that consumers hold")
        .tag("queue", queue)
        .register(registry);
    return messages;
  }
}
