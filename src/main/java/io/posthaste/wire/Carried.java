package io.posthaste.wire;

import io.posthaste.message.Message;
import io.posthaste.queue.Move;
import io.posthaste.queue.QueuePolicy;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message as it lies in a broker's queue, with what Posthaste must remember of it.
 *
 * @param failed attempts that failed before it was put there
 * @param firstDue when it was due first; retention counts from here
 * @param expires the end of its own time to live
 * @param move marks one of several copies that there may be; absent: it is the only one
 */
public record Carried(
    Message message, int failed, Instant firstDue, @Nullable Instant expires, @Nullable Move move) {

  public Carried withFailed(int attempts) {
    return new Carried(message, attempts, firstDue, expires, move);
  }

  /** Its own time or its queue's retention. */
  public boolean isOver(QueuePolicy policy, Instant now) {
    return expires != null && !now.isBefore(expires)
        || !now.isBefore(firstDue.plus(policy.retention()));
  }
}
