/**
 * Queues in RabbitMQ 3.10 to 4.x: quorum queues of plain AMQP messages that any client can read and
 * write.
 *
 * <pre>
 *   send ──publish, confirmed──► queue ──push──► held here, unacked ──ack──► gone
 *     │                            ▲                  │
 *     │ delayed                    └──put back────────┤  released
 *     ▼                                               │
 *   outbox ──due: publish, confirmed──► queue         ├──► outbox (retry)
 *                                                     └──► dead letters
 * </pre>
 *
 * <p>Invariants: a message is taken from one place only after it is safe in the next. A lease is an
 * unacked delivery of the replica that handed it out; with the connection it came by, it ends. A
 * consumer is open only while somebody waits, and may take no more than those who wait want.
 * Nothing here blocks an event loop: the client's blocking calls run on virtual threads.
 *
 * <p>Known weaknesses: RabbitMQ does not confirm acks, so that one just before a failure may be
 * undone. A message goes to the queue's end when it is put back.
 */
@NullMarked
package io.posthaste.provider.rabbitmq;

import org.jspecify.annotations.NullMarked;
