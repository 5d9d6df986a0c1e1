package io.posthaste.message;

import java.time.Instant;

/**
 * A stored message.
 *
 * @param enqueuedAt when it was stored, on the store's clock
 */
public record Message(MessageId id, Content content, Instant enqueuedAt) {}
