package io.posthaste.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.posthaste.queue.Providers;
import io.posthaste.queue.QueueProvider;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Whether each provider that is turned on answers, looked at every {@link #EVERY}. */
@ApplicationScoped
class ProviderMetrics {
  private static final Duration EVERY = Duration.ofSeconds(15);

  private final Vertx vertx;
  private final Providers providers;
  private final MeterRegistry registry;
  private volatile boolean stopped;

  ProviderMetrics(Vertx vertx, Providers providers, MeterRegistry registry) {
    this.vertx = vertx;
    this.providers = providers;
    this.registry = registry;
  }

  void begin(@Observes StartupEvent event) {
    for (QueueProvider provider : providers.all()) {
      AtomicInteger up = new AtomicInteger();
      Gauge.builder("posthaste.provider.up", up, AtomicInteger::get)
          .description("1 while the provider answers")
          .tag("provider", provider.name())
          .register(registry);
      look(provider, up);
    }
  }

  void end(@Observes ShutdownEvent event) {
    stopped = true;
  }

  private void look(QueueProvider provider, AtomicInteger up) {
    if (stopped) {
      return;
    }
    provider
        .reachable()
        .onFailure()
        .recoverWithItem(false)
        .onTermination()
        .invoke(() -> vertx.setTimer(EVERY.toMillis(), _ -> look(provider, up)))
        .subscribe()
        .with(answers -> up.set(answers ? 1 : 0), _ -> up.set(0));
  }
}
