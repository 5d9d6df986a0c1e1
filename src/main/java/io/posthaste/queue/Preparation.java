package io.posthaste.queue;

/** Whether a broker is ready to hold a queue's messages. */
public sealed interface Preparation {
  record Ready() implements Preparation {}

  /**
   * The broker has something of that name which cannot be used.
   *
   * @param reason in the broker's words
   */
  record Incompatible(String reason) implements Preparation {}
}
