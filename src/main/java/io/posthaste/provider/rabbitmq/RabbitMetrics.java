package io.posthaste.provider.rabbitmq;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.posthaste.broker.Link;
import java.time.Duration;

/** What operators see of the broker's connections. */
final class RabbitMetrics implements Publisher.Confirms {
  private final MeterRegistry registry;
  private final Timer confirms;

  RabbitMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.confirms =
        Timer.builder("posthaste.rabbitmq.confirm")
            .description("Time until the broker confirmed a message")
            .publishPercentileHistogram(false)
            .serviceLevelObjectives(
                Duration.ofMillis(1),
                Duration.ofMillis(5),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofSeconds(2))
            .register(registry);
  }

  @Override
  public void confirmed(Duration took) {
    confirms.record(took);
  }

  void watch(Engine engine) {
    gauge("posthaste.rabbitmq.unacked", "Deliveries under lease", () -> engine.holdings().size());
    gauge(
        "posthaste.rabbitmq.unconfirmed",
        "Messages whose confirmation is awaited",
        () -> engine.publisher().underWay() + engine.exchanges().underWay());
    gauge(
        "posthaste.rabbitmq.blocked",
        "1 while the broker takes no messages, as its memory or its disk is full",
        () -> engine.isBlocked() ? 1 : 0);
    gauge(
        "posthaste.rabbitmq.connections",
        "Connections to the broker that are open",
        () -> (int) engine.links().stream().filter(Link::isUp).count());
    gauge(
        "posthaste.rabbitmq.channels",
        "Channels that are open",
        () -> engine.links().stream().mapToInt(Link::channels).sum());
    FunctionCounter.builder(
            "posthaste.rabbitmq.settles.forwarded", engine, it -> it.peers().forwarded())
        .description("Settlements that went to the replica which held the delivery")
        .register(registry);
    FunctionCounter.builder(
            "posthaste.rabbitmq.reconnects",
            engine,
            it -> it.links().stream().mapToLong(link -> Math.max(0, link.connects() - 1)).sum())
        .description("Connections that were made again after a loss")
        .register(registry);
  }

  /** Reads a number at any time. */
  private interface Reading {
    int now();
  }

  private void gauge(String name, String description, Reading reading) {
    Gauge.builder(name, reading, Reading::now)
        .description(description)
        .strongReference(true)
        .register(registry);
  }
}
