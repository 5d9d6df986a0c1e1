package io.posthaste.provider.redis;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What operators see of the connections to Redis. */
final class RedisMetrics {
  private RedisMetrics() {}

  static void watch(RedisEngine engine, MeterRegistry registry) {
    Gauge.builder(
            "posthaste.redis.connections",
            engine,
            it -> it.links().stream().filter(RedisLink::isUp).count())
        .description("Connections to Redis that are open")
        .strongReference(true)
        .register(registry);
    FunctionCounter.builder(
            "posthaste.redis.reconnects",
            engine,
            it -> it.links().stream().mapToLong(RedisLink::reconnects).sum())
        .description("Connections that were made again after a loss")
        .register(registry);
  }
}
