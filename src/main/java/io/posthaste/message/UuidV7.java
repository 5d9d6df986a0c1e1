package io.posthaste.message;

import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7), each greater than the one before.
 *
 * <p>The 48 bits of Unix milliseconds are followed by a 12-bit counter (method 1 of section 6.2)
 * and 62 random bits. When more than 4,096 are made in a millisecond, or the clock steps back, the
 * timestamp runs ahead of the clock, so that order within a process always holds. Safe for use by
 * many threads when the generator of randomness is.
 */
public final class UuidV7 {
  private static final int COUNTER_BITS = 12;
  private static final long VERSION = 0x7000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private final InstantSource clock;
  private final RandomGenerator random;
  private final AtomicLong last = new AtomicLong();

  public UuidV7(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  public UUID next() {
    long floor = clock.millis() << COUNTER_BITS;
    long tick = last.updateAndGet(previous -> Math.max(previous + 1, floor));
    long high = (tick >>> COUNTER_BITS) << 16 | VERSION | (tick & 0xFFF);
    return new UUID(high, VARIANT | (random.nextLong() >>> 2));
  }
}
