/**
 * Queues, their policies, and the port behind which every broker stands.
 *
 * <p>A message in a queue is in one state, and moves only like this:
 *
 * <pre>
 *   send ──► delayed ──► available ──receive──► leased ──ack──► gone
 *               ▲            ▲                     │
 *               │            └──release, reject────┤  (attempts left)
 *               └────────────── backoff ───────────┤
 *                            lease runs out ───────┤
 *                                                  └──► dead ──replay──► available
 * </pre>
 *
 * <p>{@link io.posthaste.queue.QueueProvider} is the port; what a broker cannot do is a {@link
 * io.posthaste.queue.Capability} that it does not declare, never a difference in meaning.
 */
@NullMarked
package io.posthaste.queue;

import org.jspecify.annotations.NullMarked;
