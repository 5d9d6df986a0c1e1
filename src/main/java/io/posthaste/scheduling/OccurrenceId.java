package io.posthaste.scheduling;

import io.posthaste.message.MessageId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * The message id of an occurrence, the same whoever fires it and how often: a UUID of version 7
 * whose time is the planned one, and whose other 74 bits are a hash of schedule and planned time.
 */
public final class OccurrenceId {
  private static final long VERSION = 0x7000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private OccurrenceId() {}

  public static MessageId of(int schedule, Instant planned) {
    ByteBuffer key =
        ByteBuffer.allocate(12)
            .putInt(schedule)
            .putLong(ChronoUnit.MICROS.between(Instant.EPOCH, planned));
    ByteBuffer hash = ByteBuffer.wrap(sha256().digest(key.array()));
    long high = planned.toEpochMilli() << 16 | VERSION | (hash.getShort() & 0xFFF);
    return new MessageId(new UUID(high, VARIANT | (hash.getLong() >>> 2)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
