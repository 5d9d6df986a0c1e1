/**
 * What is stored of schedules, and what is done with them. When a timetable fires is worked out in
 * {@code schedule}; who fires, and how that is made durable, is behind {@link
 * io.posthaste.scheduling.ScheduleStore}.
 *
 * <pre>
 *            ┌──────── resume ────────┐
 *            ▼                        │
 *   PUT ──► active ──── pause ──► paused
 *            │
 *            └── nothing left to fire ──► finished
 * </pre>
 *
 * <p>Invariants: an occurrence is known by its schedule and its planned time, from which its
 * message's id follows; a {@link io.posthaste.scheduling.Plan} only moves on, whatever clocks do,
 * so that none is sent twice. {@link io.posthaste.scheduling.Planner} decides without state of its
 * own: the same plan at the same moment leads to the same on every replica.
 */
@NullMarked
package io.posthaste.scheduling;

import org.jspecify.annotations.NullMarked;
