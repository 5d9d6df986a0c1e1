/**
 * Messages of queues on other brokers that wait in PostgreSQL until they are due: delays, retries,
 * replays, occurrences of schedules.
 *
 * <pre>
 *   add ──► waiting ──due──► published and confirmed ──► row deleted
 *              ▲                       │
 *              ├──── next_try ─────────┤ (its queue did not take it)
 *              │                       └──► dead letter (its broker never will)
 * </pre>
 *
 * <p>Invariants: a message has one row at most; adding it again replaces the row, which begins a
 * new stay with a greater {@code entry}. A row is deleted only after its broker has confirmed, in
 * the transaction that locked it, so that no message is lost. A crash in between publishes it again
 * under another {@link io.posthaste.queue.Move}; {@link io.posthaste.outbox.Admission} picks one of
 * the copies before any is handed out. Nothing is published early.
 *
 * <p>Adapter level: providers without delays of their own build on it, features do not know it.
 */
@NullMarked
package io.posthaste.outbox;

import org.jspecify.annotations.NullMarked;
