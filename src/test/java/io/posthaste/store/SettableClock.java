package io.posthaste.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Goes on by itself, and forward at a leap when told to; the same for all replicas of a test. */
public final class SettableClock implements StoreClock {
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

  @Override
  public OffsetDateTime override() {
    return now().atOffset(ZoneOffset.UTC);
  }

  public Instant now() {
    return Instant.now().plus(ahead.get()).truncatedTo(ChronoUnit.MICROS);
  }

  public void leap(Duration span) {
    ahead.updateAndGet(before -> before.plus(span));
  }
}
