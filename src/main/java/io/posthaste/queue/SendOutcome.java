package io.posthaste.queue;

import io.posthaste.message.MessageId;

/** What happened to one message of a send. */
public sealed interface SendOutcome {
  /** Durable on the provider. */
  record Stored(MessageId id) implements SendOutcome {}

  /**
   * That message stands: the deduplication id was seen within the window with the same request, or
   * the very message is in the queue already.
   */
  record Duplicate(MessageId id) implements SendOutcome {}

  /** Its deduplication id was seen within the window with another request; nothing was stored. */
  record Conflict(MessageId existing) implements SendOutcome {}

  /** Another message has its id, which its sender chose; nothing was stored. */
  record IdTaken() implements SendOutcome {}

  /** The queue as the caller knew it is gone or was defined anew; nothing was stored. */
  record QueueChanged() implements SendOutcome {}

  /** Its payload is larger than the queue takes; nothing was stored. */
  record TooLarge(int size, int max) implements SendOutcome {}

  /** What happened to this message, and no other, is a failure as of the whole send. */
  record Failed(RuntimeException cause) implements SendOutcome {}

  /** This message, and no other, could not be stored; nothing of it was. */
  record Refused(String reason) implements SendOutcome {}
}
