/**
 * Schedules in PostgreSQL, and the loop that fires them. Every replica runs one; none leads.
 *
 * <p>A step locks some plans that are due ({@code SKIP LOCKED}), decides what each of them does,
 * and commits messages, history and the plans moved on at once:
 *
 * <pre>
 *   plan due ──lock──► decide ──► insert messages ──► insert history ──► move plan on ──► commit
 *                                 (of other brokers: outbox rows)
 * </pre>
 *
 * <p>Invariants: a plan moves on in the transaction that stores its messages, so that a crash at
 * any point repeats all of a step or nothing. Whoever changes a schedule locks its plan: a step
 * sees it as it was before, and is committed before the change is, or as it is after. Times are the
 * database's.
 *
 * <p>Locks are taken in one order: calendars, schedule, plan, advisory locks of group-ordered
 * queues, the rest.
 */
@NullMarked
package io.posthaste.firing;

import org.jspecify.annotations.NullMarked;
