/**
 * Dead letters of every queue in one searchable place, and their way back.
 *
 * <p>A replay is a job that any replica carries on, step by step:
 *
 * <pre>
 *   running ──(each step moves some dead letters into queues)──► done
 * </pre>
 *
 * <p>Invariant: a step moves its dead letters and the job's progress in one transaction, so that a
 * crash at any point neither loses nor doubles a message. Only letters that were dead when the
 * replay was asked for take part.
 */
@NullMarked
package io.posthaste.deadletter;

import org.jspecify.annotations.NullMarked;
