package io.posthaste.schedule;

import java.time.Instant;

/**
 * One time at which a schedule fires.
 *
 * @param planned the exact planned time, by which the occurrence is known
 * @param due when its message is due: planned plus jitter
 * @param number 1 for the first one that fires
 */
public record Occurrence(Instant planned, Instant due, long number) {}
