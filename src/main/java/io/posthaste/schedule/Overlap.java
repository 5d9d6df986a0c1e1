package io.posthaste.schedule;

/** What happens when an occurrence is due while the previous one's message is not settled. */
public enum Overlap {
  /** It is sent all the same. */
  ALLOW,
  /** It is left out. */
  SKIP,
  /** It is sent once the previous one is settled; at most one waits. */
  QUEUE
}
