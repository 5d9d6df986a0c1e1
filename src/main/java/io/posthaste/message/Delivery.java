package io.posthaste.message;

import java.time.Instant;

/**
 * A message in the hands of one receiver.
 *
 * @param attempt 1 at the first receive
 * @param leasedUntil until then nobody else receives the message
 */
public record Delivery(Message message, int attempt, Instant leasedUntil, Receipt receipt) {}
