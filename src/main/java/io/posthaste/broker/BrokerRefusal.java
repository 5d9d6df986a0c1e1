package io.posthaste.broker;

/** The broker understood, and would not. The message is its reason. */
public final class BrokerRefusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What it comes down to. */
  public enum Kind {
    /** What was named is not there. */
    NOT_FOUND,
    /** It is there, and otherwise than was asked for; or it may not be touched. */
    CONFLICT
  }

  public BrokerRefusal(Kind kind, String reason) {
    super(reason, null, false, false);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
