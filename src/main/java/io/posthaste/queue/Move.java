package io.posthaste.queue;

import io.posthaste.message.InvalidField;
import java.util.UUID;

/**
 * Marks one publication of a message out of the outbox. A message that a crash made publish twice
 * comes with the same entry and two copies, of which one may be handed out.
 *
 * @param entry which stay in the outbox it comes from; a later stay has a greater number
 * @param copy which publication of that stay
 */
public record Move(long entry, UUID copy) {

  /** As it travels in a header. */
  @Override
  public String toString() {
    return entry + "." + copy;
  }

  /** Reads what {@link #toString} wrote. */
  public static Move parse(String text) {
    int dot = text.indexOf('.');
    try {
      return new Move(
          Long.parseLong(text.substring(0, Math.max(dot, 0))),
          UUID.fromString(text.substring(dot + 1)));
    } catch (IllegalArgumentException e) {
      throw new InvalidField("moved", "must be <entry>.<copy>");
    }
  }
}
