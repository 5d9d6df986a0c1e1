package io.posthaste.provider.postgres;

import io.posthaste.message.Receipt;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * What a receipt says: which lease, and which of its messages. Unguessable because the lease's id
 * carries 62 bits of a secure random generator and is told to nobody but the receiver.
 */
record PostgresReceipt(UUID lease, UUID message) {
  private static final int LENGTH = 43;

  Receipt encoded() {
    return new Receipt(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes()));
  }

  private byte[] bytes() {
    return ByteBuffer.allocate(32)
        .putLong(lease.getMostSignificantBits())
        .putLong(lease.getLeastSignificantBits())
        .putLong(message.getMostSignificantBits())
        .putLong(message.getLeastSignificantBits())
        .array();
  }

  /** Empty when no receipt of ours looks like this. */
  static Optional<PostgresReceipt> decode(Receipt receipt) {
    if (receipt.token().length() != LENGTH) {
      return Optional.empty();
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(receipt.token()));
      return Optional.of(
          new PostgresReceipt(
              new UUID(bytes.getLong(), bytes.getLong()),
              new UUID(bytes.getLong(), bytes.getLong())));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Where the message's lease lies once it was extended apart from the others received with it:
   * under an id that follows from the receipt, so that the receipt stays good.
   */
  PostgresReceipt apart() {
    return new PostgresReceipt(UUID.nameUUIDFromBytes(bytes()), message);
  }
}
