package io.posthaste.provider.redis;

import io.posthaste.queue.Queue;

/** Hears that something will happen in a queue, as far as this replica has a hand in it. */
interface Stirred {
  /**
   * Something becomes available, or a lease or a life ends.
   *
   * @param delayMicros how long from now; 0: look now
   */
  void stirred(Queue queue, long delayMicros);

  /** A message has become a dead letter, which PostgreSQL is to get. */
  void died(Queue queue);
}
