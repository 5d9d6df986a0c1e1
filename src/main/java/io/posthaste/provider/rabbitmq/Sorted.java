package io.posthaste.provider.rabbitmq;

/**
 * An arrival that may be handed out.
 *
 * @param carried with all attempts that failed before
 */
record Sorted(Arrival arrival, Carried carried) {}
