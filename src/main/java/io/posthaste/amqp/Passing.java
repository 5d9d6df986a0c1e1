package io.posthaste.amqp;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Tries again what fails for a while only: for as long as it takes, and the message is ours. */
final class Passing {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final double JITTER = 0.5;

  private final IntakeMetrics metrics;

  Passing(IntakeMetrics metrics) {
    this.metrics = metrics;
  }

  /** Empty: the broker has the message again before anything came of it. */
  <T> Uni<Optional<T>> untilDone(Arrival arrival, Supplier<Uni<T>> attempt) {
    AtomicBoolean pausing = new AtomicBoolean();
    return Uni.createFrom()
        .deferred(
            () -> {
              if (pausing.getAndSet(false)) {
                metrics.resumed();
              }
              return arrival.isOurs()
                  ? attempt.get().map(Optional::of)
                  : Uni.createFrom().item(Optional.<T>empty());
            })
        .onFailure(Refusals::isPassing)
        .invoke(
            () -> {
              pausing.set(true);
              metrics.paused();
            })
        .onFailure(Refusals::isPassing)
        .retry()
        .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
        .withJitter(JITTER)
        .indefinitely();
  }
}
