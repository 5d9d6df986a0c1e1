package io.posthaste.consumer;

import java.util.Locale;

/** Why a message was not handed on, in few words. */
public enum Failure {
  /** There is no queue for it behind the exchange. */
  UNROUTABLE,
  NO_EXCHANGE,
  /** The broker did not take responsibility for it. */
  NACKED,
  /** The broker would not have such a message, or not from us. */
  REFUSED,
  /** The other side cannot be reached; no attempt is counted. */
  UNAVAILABLE,
  /** The other side did not answer; no attempt is counted. */
  OUTCOME_UNKNOWN,
  /** It was settled too late and comes again. */
  LEASE_LOST,
  /** A defect of ours. */
  INTERNAL;

  /** For example {@code no-exchange}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
