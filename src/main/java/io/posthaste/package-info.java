/**
 * Posthaste: one REST and AMQP interface to send, receive, schedule, route, retry and dead-letter
 * messages on the broker a team already runs.
 *
 * <p>Arrows between packages: edges ({@code rest}, {@code telemetry}) to features ({@code
 * delivery}, {@code deadletter}) to {@code queue} to {@code message}; adapters ({@code provider.*},
 * {@code database}) to the ports that features and {@code queue} declare. Nobody imports an edge or
 * an adapter.
 */
@NullMarked
package io.posthaste;

import org.jspecify.annotations.NullMarked;
