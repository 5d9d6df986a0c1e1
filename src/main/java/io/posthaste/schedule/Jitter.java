package io.posthaste.schedule;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Spreads occurrences evenly, and alike on every replica, today and after an update. */
final class Jitter {
  private Jitter() {}

  /** From zero up to and including the given room, in whole microseconds. */
  static Duration of(ScheduleName name, Instant planned, Duration room) {
    long micros = room.toNanos() / 1000;
    long hash = mixed(hash(name) ^ mixed(ChronoUnit.MICROS.between(Instant.EPOCH, planned)));
    return Duration.of(Math.unsignedMultiplyHigh(hash, micros + 1), ChronoUnit.MICROS);
  }

  // FNV-1a
  private static long hash(ScheduleName name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.value().getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x100000001b3L;
    }
    return hash;
  }

  // The finisher of MurmurHash3, which turns neighbours into strangers
  private static long mixed(long value) {
    long bits = value;
    bits = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
    bits = (bits ^ bits >>> 33) * 0xc4ceb9fe1a85ec53L;
    return bits ^ bits >>> 33;
  }
}
