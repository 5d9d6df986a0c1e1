package io.posthaste.queue;

/** The broker cannot do what was asked for; nothing was done. The message says what it can. */
public final class UnsupportedByProvider extends UnsupportedOperationException {
  private static final long serialVersionUID = 1L;

  public UnsupportedByProvider(String sentence) {
    super(sentence);
  }
}
