package io.posthaste.queue;

/** Where a message is; see the diagram of this package. */
public enum MessageState {
  DELAYED,
  AVAILABLE,
  LEASED
}
