package io.posthaste.provider.rabbitmq;

import io.posthaste.wire.Carried;

/**
 * An arrival that may be handed out.
 *
 * @param carried with all attempts that failed before
 */
record Sorted(Arrival arrival, Carried carried) {}
