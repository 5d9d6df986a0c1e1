package io.posthaste.amqp;

/** What becomes of an AMQP message. */
sealed interface Verdict {
  /** It is in its queue. */
  record Stored() implements Verdict {}

  /** Another message has the id that its sender chose: it is stored under one of ours. */
  record IdTaken() implements Verdict {}

  /** It is to be put aside. */
  record Refused(Refusal why) implements Verdict {}

  /** The broker has it again, and will hand it out anew. */
  record TakenBack() implements Verdict {}
}
