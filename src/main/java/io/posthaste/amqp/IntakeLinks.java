package io.posthaste.amqp;

import io.micrometer.core.instrument.MeterRegistry;
import io.posthaste.broker.Link;
import io.posthaste.broker.RabbitUrl;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What ties the intake to the broker, from start to stop; nothing with RabbitMQ turned off. */
@ApplicationScoped
class IntakeLinks {
  /** In which a broker that answers is connected to, and has all declared. */
  private static final Duration FIRST_TRY = Duration.ofSeconds(3);

  /** Longer than a provider takes to answer a send, whatever happens. */
  private static final Duration LAST_ACKS = Duration.ofSeconds(6);

  private static final Duration LOOK = Duration.ofMillis(5);

  private final Optional<Active> active;

  /** While RabbitMQ is turned on. */
  record Active(
      ExecutorService threads,
      Link receiving,
      Link publishing,
      IntakeLine intake,
      RejectedLine rejected,
      IntakeMetrics metrics,
      Context loop) {}

  IntakeLinks(
      @ConfigProperty(name = "posthaste.rabbitmq.url") Optional<String> url,
      IntakeSettings settings,
      Vertx vertx,
      MeterRegistry registry) {
    active =
        url.map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(text -> active(RabbitUrl.parse(text), settings, vertx, registry));
  }

  private static Active active(
      RabbitUrl url, IntakeSettings settings, Vertx vertx, MeterRegistry registry) {
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("intake-", 0).factory());
    Link receiving = new Link("posthaste-intake", url, threads);
    Link publishing = new Link("posthaste-rejected", url, threads);
    IntakeLine intake = new IntakeLine(receiving, threads, settings.prefetch());
    return new Active(
        threads,
        receiving,
        publishing,
        intake,
        new RejectedLine(publishing, threads),
        new IntakeMetrics(registry, intake::isUp),
        ((VertxInternal) vertx).createEventLoopContext());
  }

  Optional<Active> active() {
    return active;
  }

  // After the channels are joined, and what messages are stored by has started
  void begin(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent event)
      throws InterruptedException {
    if (active.isPresent()) {
      active.get().publishing().start();
      active.get().receiving().start();
      active.get().receiving().awaitFirstTry(FIRST_TRY);
    }
  }

  void beginToEnd(@Observes ShutdownDelayInitiatedEvent event) {
    active.ifPresent(on -> on.intake().stop());
  }

  // Before what messages are stored by
  void end(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent event) {
    active.ifPresent(
        on -> {
          on.intake().stop();
          long end = System.nanoTime() + LAST_ACKS.toNanos();
          while (!on.metrics().isQuiet() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK.toNanos());
          }
          on.receiving().close();
          on.publishing().close();
          on.threads().shutdownNow();
        });
  }
}
