package io.posthaste.queue;

import org.jspecify.annotations.Nullable;

/** The broker cannot be reached; nothing was done. Trying again is safe. */
public final class ProviderUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String provider;

  public ProviderUnavailable(String provider, @Nullable Throwable cause) {
    super("provider=" + provider + " unavailable", cause);
    this.provider = provider;
  }

  public String provider() {
    return provider;
  }
}
