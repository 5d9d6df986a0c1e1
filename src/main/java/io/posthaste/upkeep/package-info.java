/**
 * What has to happen without anybody asking: leases that run out, messages that grow too old,
 * records that are no longer needed. Quarkus's scheduler sees to it that one replica at a time does
 * all of it, in small steps.
 *
 * <p>Invariants: chores are correct also when two replicas do one at a time, for a moment; only the
 * effort would be wasted. No connection is held between steps. A replica that dies is replaced
 * within {@link io.posthaste.upkeep.Duty#TERM} and a second.
 */
@NullMarked
package io.posthaste.upkeep;

import org.jspecify.annotations.NullMarked;
