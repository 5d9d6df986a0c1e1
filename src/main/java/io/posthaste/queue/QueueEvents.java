package io.posthaste.queue;

import java.time.Duration;

/** Hears what happens to messages, for metrics. Implementations neither block nor throw. */
public interface QueueEvents {
  void sent(QueueName queue, int messages);

  void received(QueueName queue, int messages);

  void settled(QueueName queue, Settlement.Outcome outcome, int messages);

  void dead(QueueName queue, DeadLetterClass deadLetterClass, int messages);

  /** Removed because its time was over and the policy says so. */
  void dropped(QueueName queue, int messages);

  /** A send, or a receive that did not wait, was answered after so long. */
  void answered(String operation, Duration took);

  /** A merged statement went to the store. */
  void merged(String operation, int requests, Duration took);
}
