package io.posthaste.queue;

/** The provider is known and turned off; nothing was done, nor will be until it is turned on. */
public final class ProviderDisabled extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String provider;
  private final String setting;

  public ProviderDisabled(String provider, String setting) {
    super("provider=" + provider + " disabled", null, false, false);
    this.provider = provider;
    this.setting = setting;
  }

  public String provider() {
    return provider;
  }

  /** The environment variable that turns it on. */
  public String setting() {
    return setting;
  }
}
