package io.posthaste.queue;

import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way into a queue.
 *
 * @param timeToLive counts from the due time, over PT0S to P3660D; absent: the queue's retention
 */
public record NewMessage(MessageId id, Content content, Due due, @Nullable Duration timeToLive) {

  public NewMessage {
    if (timeToLive != null
        && (timeToLive.isNegative()
            || timeToLive.isZero()
            || timeToLive.compareTo(Due.MAX_DELAY) > 0)) {
      throw new InvalidField("ttl", "must be over PT0S and at most P3660D");
    }
  }
}
