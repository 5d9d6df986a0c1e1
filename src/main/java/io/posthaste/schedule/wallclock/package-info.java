/**
 * Rules that are followed on a clock on the wall: without zone, gap or repeat.
 *
 * <p>Invariant: a search ends within the 400 years after which the calendar repeats itself, whether
 * it finds something or not.
 */
@NullMarked
package io.posthaste.schedule.wallclock;

import org.jspecify.annotations.NullMarked;
