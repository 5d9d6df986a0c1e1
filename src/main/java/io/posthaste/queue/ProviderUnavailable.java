package io.posthaste.queue;

import org.jspecify.annotations.Nullable;

/** The broker cannot be reached, or takes nothing; nothing was done. Trying again is safe. */
public final class ProviderUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String provider;
  private final String condition;

  public ProviderUnavailable(String provider, @Nullable Throwable cause) {
    this(provider, "cannot be reached", cause);
  }

  /**
   * @param condition what is wrong with it, as the end of a sentence that begins with its name
   */
  public ProviderUnavailable(String provider, String condition, @Nullable Throwable cause) {
    super("provider=" + provider + " unavailable: it " + condition, cause);
    this.provider = provider;
    this.condition = condition;
  }

  public String provider() {
    return provider;
  }

  public String condition() {
    return condition;
  }
}
