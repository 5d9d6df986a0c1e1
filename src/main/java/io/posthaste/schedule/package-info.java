/**
 * Schedules: when to send what.
 *
 * <p>A {@link io.posthaste.schedule.Timetable} says when, {@link io.posthaste.schedule.Occurrences}
 * works it out. Wall-clock rules (cron, recurrence) know nothing of time zones; {@link
 * io.posthaste.schedule.ZonedRule} alone maps their local times to instants, by the schedule's
 * policy for daylight saving.
 *
 * <p>Invariants: an occurrence is known by its planned time, which depends on the timetable, its
 * anchor and its calendars alone, so that every replica comes to the same; times are whole
 * microseconds; every search ends.
 */
@NullMarked
package io.posthaste.schedule;

import org.jspecify.annotations.NullMarked;
