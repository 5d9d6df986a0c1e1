package io.posthaste.database;

import org.jspecify.annotations.Nullable;

/**
 * The service cannot start. The message is one sentence to the operator, and says what to change.
 */
public final class CannotStart extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public CannotStart(String sentence) {
    super(sentence);
  }

  public CannotStart(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
