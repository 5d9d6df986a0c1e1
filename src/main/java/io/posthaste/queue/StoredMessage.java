package io.posthaste.queue;

import io.posthaste.message.Message;
import java.time.Instant;

/**
 * A message seen without a lease.
 *
 * @param due when it is, or was, to be handed out next
 * @param attempt how often it was handed out so far
 */
public record StoredMessage(Message message, MessageState state, Instant due, int attempt) {}
