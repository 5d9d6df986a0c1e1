/**
 * The AMQP interface. An edge: what any client publishes to the exchange {@code posthaste} enters a
 * queue as if it had come by REST; what cannot be accepted is put aside with the reason.
 *
 * <pre>
 *   exchange posthaste ──► posthaste.intake ──prefetch──► Send ──stored──► ack
 *                                ▲                         │
 *                                │ connection lost         ├── provider away: tried again, unacked
 *                                └─────────────────────────┤
 *                                                          └── refused ──► posthaste.rejected ──confirmed──► ack
 * </pre>
 *
 * <p>Invariants: an AMQP message is acked only after it is stored, or its copy in {@code
 * posthaste.rejected} is confirmed, and on the channel that it came by. No more is held than the
 * prefetch allows. Nothing that a message holds ends the flow of the others.
 *
 * <p>Built on reactive messaging channels, over a connector of our own ({@link
 * io.posthaste.amqp.IntakeConnector}; docs/decisions/0008 says why). With RabbitMQ turned off the
 * channels stay silent, and there is no connection.
 */
@NullMarked
package io.posthaste.amqp;

import org.jspecify.annotations.NullMarked;
