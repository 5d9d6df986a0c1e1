/**
 * Consumers: workers inside Posthaste that receive from a queue and hand on what they get, each by
 * its {@link io.posthaste.consumer.Kind}.
 *
 * <pre>
 *                 ┌──── the other side is back ────┐
 *                 ▼                                │
 *   PUT ──► running ──── the other side, ──► waiting
 *                        or the queue's broker, is away
 * </pre>
 *
 * <p>Every replica runs every consumer, each on its share. Invariants: a message is acked only
 * after the other side has taken it; what the other side refuses is rejected with its reason, and
 * the queue's retry policy decides; what fails because the other side is away is released, so that
 * no outage costs an attempt. What is held is bounded, for each consumer in messages and for all of
 * them in bytes. A consumer that has nothing to do costs one long poll.
 *
 * <p>Known weaknesses: a message may be handed on twice, under the same id, when an outcome is not
 * known or a replica dies; a state is that of the replica which is asked.
 */
@NullMarked
package io.posthaste.consumer;

import org.jspecify.annotations.NullMarked;
