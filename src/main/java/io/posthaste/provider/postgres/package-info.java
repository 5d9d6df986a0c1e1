/**
 * Queues in PostgreSQL.
 *
 * <p>A message is one row of {@code message} from send to ack. While it can be handed out it has a
 * narrow row in {@code ready}; receiving deletes that row and writes one row of {@code lease} for
 * all that one receiver got, so that no message row is updated on the way through
 * (docs/decisions/0001). The legal moves:
 *
 * <pre>
 *   send      insert message, insert ready        (of a group only the first gets a ready row)
 *   receive   delete ready, insert lease
 *   ack       take out of lease, delete message
 *   release,  take out of lease, update message, insert ready
 *   reject    … or delete message, insert dead_letter
 *   expiry    delete ready, delete message, insert dead_letter
 * </pre>
 *
 * <p>Invariant: a message row is referred to by exactly one of a ready row, a lease, or an earlier
 * message of its group. Each move is one transaction. Concurrent requests, across queues, share
 * statements: see {@link io.posthaste.store.Merger}.
 *
 * <p>Locks are taken in one order: advisory locks of group-ordered queues by queue id, then lease
 * rows by id, then the rest.
 */
@NullMarked
package io.posthaste.provider.postgres;

import org.jspecify.annotations.NullMarked;
