package io.posthaste.outbox;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many messages of a queue wait in the outbox.
 *
 * @param delayed not due yet
 * @param due already, and about to be moved
 * @param oldestAge how long the oldest has been due; absent when none is
 */
public record Waiting(long delayed, long due, @Nullable Duration oldestAge) {}
