package io.posthaste.queue;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Why a message is dead. */
public enum DeadLetterClass {
  /** Its last attempt was rejected. */
  RETRIES_EXHAUSTED,
  /** The lease of its last attempt ran out. */
  LEASE_EXPIRED,
  /** A receiver rejected it for good. */
  REJECTED_PERMANENTLY,
  /** Its time to live or its queue's retention was over. */
  EXPIRED,
  /** It could not be decoded. */
  POISON;

  /** The word in JSON, SQL and metrics, for example {@code retries-exhausted}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<DeadLetterClass> ofCode(String code) {
    return Arrays.stream(values()).filter(value -> value.code().equals(code)).findFirst();
  }
}
