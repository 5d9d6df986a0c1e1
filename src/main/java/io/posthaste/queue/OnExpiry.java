package io.posthaste.queue;

/** What becomes of a message that outlives its time to live or its queue's retention. */
public enum OnExpiry {
  DEAD_LETTER,
  DROP
}
