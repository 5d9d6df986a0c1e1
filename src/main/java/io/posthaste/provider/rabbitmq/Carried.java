package io.posthaste.provider.rabbitmq;

import io.posthaste.message.Message;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message as it lies in a broker's queue, with what Posthaste must remember of it.
 *
 * @param failed attempts that failed before it was put there
 * @param firstDue when it was due first; retention counts from here
 * @param expires the end of its own time to live
 * @param copy which publication by the outbox this is; absent: it came straight from its sender
 */
record Carried(
    Message message,
    int failed,
    Instant firstDue,
    @Nullable Instant expires,
    @Nullable UUID copy) {

  Carried withFailed(int attempts) {
    return new Carried(message, attempts, firstDue, expires, copy);
  }
}
