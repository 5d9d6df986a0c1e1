package io.posthaste.message;

import java.util.UUID;

/** Identifies a message for all its life, also as a dead letter and after a replay. A UUIDv7. */
public record MessageId(UUID value) implements Comparable<MessageId> {

  /**
   * Reads the canonical form of 36 characters.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static MessageId parse(String text) {
    // UUID.fromString alone is lenient: it takes "1-1-1-1-1"
    if (text.length() != 36) {
      throw new IllegalArgumentException("A message id is a UUID of 36 characters.");
    }
    return new MessageId(UUID.fromString(text));
  }

  @Override
  public int compareTo(MessageId other) {
    int high =
        Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(
            value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
