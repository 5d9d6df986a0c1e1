package io.posthaste.queue;

import org.jspecify.annotations.Nullable;

/** The broker did not answer; what was asked may have happened. Trying again may repeat it. */
public final class OutcomeUnknown extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String provider;

  public OutcomeUnknown(String provider, @Nullable Throwable cause) {
    super("provider=" + provider + " outcome unknown", cause);
    this.provider = provider;
  }

  public String provider() {
    return provider;
  }
}
