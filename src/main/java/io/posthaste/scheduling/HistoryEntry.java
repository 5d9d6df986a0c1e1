package io.posthaste.scheduling;

import io.posthaste.message.MessageId;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of one occurrence.
 *
 * @param number counts the entries of a schedule
 * @param at when it was decided, on the database's clock
 * @param message the message that was sent, if any
 * @param detail why it was not, where there is more to say
 */
public record HistoryEntry(
    long number,
    Instant planned,
    Instant at,
    Outcome outcome,
    @Nullable MessageId message,
    @Nullable String detail) {

  /** What became of it. */
  public enum Outcome {
    FIRED,
    /** Sent by hand, beside the plan. */
    TRIGGERED,
    /** Nobody fired it in time, and the missed policy leaves it out. */
    MISSED,
    /** The previous one's message was not settled. */
    SKIPPED,
    /** It could not be sent; it waits, and is missed if that takes long. */
    FAILED;

    /** The word in JSON, SQL and metrics. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
