/**
 * The entry: reads what the operator set, starts the embedded database if no other is named, and
 * hands over to Quarkus.
 *
 * <p>A start that cannot succeed ends with one sentence on standard error and a non-zero exit code,
 * never with a stack trace.
 */
@NullMarked
package io.posthaste;

import org.jspecify.annotations.NullMarked;
