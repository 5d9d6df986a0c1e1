package io.posthaste.consumer;

/** What the other side said of a message. */
sealed interface Verdict {
  /** It is its own now. */
  record Taken() implements Verdict {}

  /**
   * It would not have it.
   *
   * @param reason a sentence for whoever finds the message among the dead letters
   */
  record Refused(Failure failure, String reason) implements Verdict {}
}
