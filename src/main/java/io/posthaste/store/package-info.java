/**
 * PostgreSQL as the source of truth for what is not a message in a queue: definitions of queues,
 * dead letters of all providers, and replays. Adapters of the ports that {@code queue} and {@code
 * deadletter} declare.
 */
@NullMarked
package io.posthaste.store;

import org.jspecify.annotations.NullMarked;
