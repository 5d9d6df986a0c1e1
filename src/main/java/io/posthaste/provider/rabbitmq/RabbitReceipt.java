package io.posthaste.provider.rabbitmq;

import io.posthaste.message.Receipt;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/**
 * What a receipt says: which holder has the delivery, and which it is there. Unguessable because it
 * carries 128 bits of a secure random generator that are told to nobody but the receiver.
 *
 * @param holder a replica for as long as one connection of it lasts
 * @param number counts the holder's deliveries
 */
record RabbitReceipt(long holder, long number, long secretHigh, long secretLow) {
  private static final byte FORMAT = (byte) 0xB1;
  // A multiple of three bytes: base64 leaves no bits over that could be changed unseen
  private static final int BYTES = 33;
  private static final int LENGTH = 44;

  Receipt encoded() {
    byte[] bytes =
        ByteBuffer.allocate(BYTES)
            .put(FORMAT)
            .putLong(holder)
            .putLong(number)
            .putLong(secretHigh)
            .putLong(secretLow)
            .array();
    return new Receipt(Base64.getUrlEncoder().encodeToString(bytes));
  }

  /** Empty when no receipt of ours looks like this. */
  static Optional<RabbitReceipt> decode(Receipt receipt) {
    if (receipt.token().length() != LENGTH) {
      return Optional.empty();
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(receipt.token()));
      return bytes.remaining() == BYTES && bytes.get() == FORMAT
          ? Optional.of(
              new RabbitReceipt(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** In time that tells nothing of how much of the secret is right. */
  boolean sameSecret(RabbitReceipt other) {
    return ((secretHigh ^ other.secretHigh) | (secretLow ^ other.secretLow)) == 0;
  }
}
