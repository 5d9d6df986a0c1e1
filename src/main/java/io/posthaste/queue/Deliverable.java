package io.posthaste.queue;

import io.posthaste.message.Message;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message that has waited in the outbox and is due.
 *
 * @param attempt how many attempts have failed so far
 * @param firstDue retention counts from here
 * @param expires when its time to live is over; absent: the queue's retention alone
 * @param move has to travel with the message, to be checked before it is handed out
 */
public record Deliverable(
    Message message, int attempt, Instant firstDue, @Nullable Instant expires, Move move) {}
