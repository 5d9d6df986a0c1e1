/**
 * The values that travel: what a sender wrote and what a receiver is handed. JDK only.
 *
 * <p>Everything here is immutable and validated when made, so that a value which exists is a value
 * which every provider can store.
 */
@NullMarked
package io.posthaste.message;

import org.jspecify.annotations.NullMarked;
