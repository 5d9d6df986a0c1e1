package io.posthaste.amqp;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.posthaste.problem.ProblemType;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** What the intake tells of itself; there while RabbitMQ is turned on. */
final class IntakeMetrics {
  private final MeterRegistry registry;
  private final Counter accepted;
  private final Counter retries;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger pausing = new AtomicInteger();

  IntakeMetrics(MeterRegistry registry, BooleanSupplier up) {
    this.registry = registry;
    accepted =
        Counter.builder("posthaste.intake.accepted")
            .description("AMQP messages stored and acked")
            .register(registry);
    retries =
        Counter.builder("posthaste.intake.retries")
            .description(
                "Attempts at an AMQP message that failed as its provider was away, and are made again")
            .register(registry);
    Gauge.builder("posthaste.intake.in.flight", inFlight, AtomicInteger::get)
        .description("AMQP messages taken and neither acked nor given up")
        .register(registry);
    Gauge.builder("posthaste.intake.up", up, it -> it.getAsBoolean() ? 1 : 0)
        .description("1 while the intake receives from the broker")
        .strongReference(true)
        .register(registry);
  }

  void began() {
    inFlight.incrementAndGet();
  }

  void ended() {
    inFlight.decrementAndGet();
  }

  /** One that is in flight waits until its provider is tried again. */
  void paused() {
    retries.increment();
    pausing.incrementAndGet();
  }

  void resumed() {
    pausing.decrementAndGet();
  }

  /** Whether nothing is under way, but for what waits. */
  boolean isQuiet() {
    return inFlight.get() <= pausing.get();
  }

  void accepted() {
    accepted.increment();
  }

  // As many reasons as there are kinds of problems
  void rejected(ProblemType reason) {
    Counter.builder("posthaste.intake.rejected")
        .description("AMQP messages put aside, by reason")
        .tag("reason", reason.code())
        .register(registry)
        .increment();
  }
}
