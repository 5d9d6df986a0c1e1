package io.posthaste.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.posthaste.queue.Providers;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.QueueStats;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * How deep queues are and how old their oldest message is, looked up every {@link #EVERY}, more
 * seldom where that takes long. Queues beyond the first few hundred are summed up under one label.
 */
@ApplicationScoped
class DepthMetrics {
  private static final Logger LOG = Logger.getLogger(DepthMetrics.class);
  private static final Duration EVERY = Duration.ofSeconds(15);
  private static final Duration FIRST = Duration.ofSeconds(1);

  /** Looking up may take one part in so many of the time. */
  private static final int SHARE = 100;

  private final Vertx vertx;
  private final Providers providers;
  private final QueueMetrics labels;
  private final MultiGauge depth;
  private final MultiGauge age;
  private volatile boolean stopped;

  DepthMetrics(Vertx vertx, Providers providers, QueueMetrics labels, MeterRegistry registry) {
    this.vertx = vertx;
    this.providers = providers;
    this.labels = labels;
    this.depth =
        MultiGauge.builder("posthaste.queue.messages")
            .description("Messages by queue and state")
            .register(registry);
    this.age =
        MultiGauge.builder("posthaste.queue.oldest.age")
            .description("How long the oldest available message has been due")
            .baseUnit("seconds")
            .register(registry);
  }

  void begin(@Observes StartupEvent event) {
    vertx.setTimer(FIRST.toMillis(), _ -> look());
  }

  void end(@Observes ShutdownEvent event) {
    stopped = true;
  }

  private void look() {
    if (stopped) {
      return;
    }
    long began = System.nanoTime();
    Uni.join()
        .all(providers.all().stream().map(DepthMetrics::overview).toList())
        .andFailFast()
        .onTermination()
        .invoke(() -> again(Duration.ofNanos(System.nanoTime() - began)))
        .subscribe()
        .with(this::show, failure -> LOG.debugf("no depths cause=%s", failure));
  }

  // A broker that is down hides the depths of its own queues alone
  private static Uni<Map<QueueName, QueueStats>> overview(QueueProvider provider) {
    return provider
        .overview()
        .onFailure()
        .invoke(failure -> LOG.debugf("no depths provider=%s cause=%s", provider.name(), failure))
        .onFailure()
        .recoverWithItem(Map.of());
  }

  private void again(Duration took) {
    long pause = Math.max(EVERY.toMillis(), took.toMillis() * SHARE);
    vertx.setTimer(pause, _ -> look());
  }

  private void show(List<Map<QueueName, QueueStats>> all) {
    Map<String, QueueStats> byLabel = new HashMap<>();
    for (Map<QueueName, QueueStats> provider : all) {
      provider.forEach(
          (queue, stats) -> byLabel.merge(labels.label(queue), stats, DepthMetrics::sum));
    }
    List<MultiGauge.Row<?>> depths = new ArrayList<>();
    List<MultiGauge.Row<?>> ages = new ArrayList<>();
    byLabel.forEach(
        (queue, stats) -> {
          depths.add(row(queue, "available", stats.available()));
          depths.add(row(queue, "delayed", stats.delayed()));
          depths.add(row(queue, "leased", stats.leased()));
          depths.add(row(queue, "dead", stats.dead()));
          Duration oldest = stats.oldestAge();
          double seconds = oldest == null ? 0 : oldest.toMillis() / 1000.0;
          ages.add(MultiGauge.Row.of(Tags.of("queue", queue), seconds));
        });
    depth.register(depths, true);
    age.register(ages, true);
  }

  private static MultiGauge.Row<?> row(String queue, String state, long messages) {
    return MultiGauge.Row.of(Tags.of("queue", queue, "state", state), messages);
  }

  private static QueueStats sum(QueueStats a, QueueStats b) {
    Duration oldestA = a.oldestAge();
    Duration oldestB = b.oldestAge();
    Duration oldest =
        oldestA == null || oldestB != null && oldestB.compareTo(oldestA) > 0 ? oldestB : oldestA;
    return new QueueStats(
        a.available() + b.available(),
        a.delayed() + b.delayed(),
        a.leased() + b.leased(),
        a.dead() + b.dead(),
        oldest);
  }
}
