package io.posthaste.consumer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a consumer does on this replica.
 *
 * @param waitingFor why it takes no messages, as a sentence; only while it waits
 * @param inFlight messages that it holds
 * @param lastError what went wrong last, if anything has since this replica runs it
 */
public record Condition(
    State state, @Nullable String waitingFor, int inFlight, @Nullable Trouble lastError) {

  /** What it is doing. */
  public enum State {
    /** Known to be defined, and about to be run. */
    STARTING,
    RUNNING,
    WAITING
  }

  /** Something that went wrong. */
  public record Trouble(Instant at, String reason) {}

  static final Condition STARTING = new Condition(State.STARTING, null, 0, null);
}
