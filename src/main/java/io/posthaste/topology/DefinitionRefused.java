package io.posthaste.topology;

/** One thing of a document cannot be made as it stands there; the cause is why. */
public final class DefinitionRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String path;
  private final Throwable why;

  DefinitionRefused(String path, Throwable why) {
    super("definition=" + path + " refused", why, false, false);
    this.path = path;
    this.why = why;
  }

  /** Where it stands in the document. */
  public String path() {
    return path;
  }

  public Throwable why() {
    return why;
  }
}
