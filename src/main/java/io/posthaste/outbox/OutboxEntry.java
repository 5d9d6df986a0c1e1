package io.posthaste.outbox;

import io.posthaste.message.Due;
import io.posthaste.message.Message;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way into the outbox.
 *
 * @param attempt how many attempts have failed so far
 * @param past absent: the message is new
 */
public record OutboxEntry(Queue queue, NewMessage message, int attempt, @Nullable Past past) {

  /** What is fixed of a message that has been in its queue before. */
  public record Past(Instant enqueuedAt, Instant firstDue, @Nullable Instant expires) {}

  /** A message that was not there before. */
  public static OutboxEntry first(Queue queue, NewMessage message) {
    return new OutboxEntry(queue, message, 0, null);
  }

  /** A message that waits for its next attempt. */
  public static OutboxEntry again(Queue queue, Message message, Due due, Retry retry) {
    return new OutboxEntry(
        queue,
        new NewMessage(message.id(), message.content(), due, null),
        retry.attempt(),
        new Past(message.enqueuedAt(), retry.firstDue(), retry.expires()));
  }

  /** How often a message has failed, and what limits its life. */
  public record Retry(int attempt, Instant firstDue, @Nullable Instant expires) {}
}
