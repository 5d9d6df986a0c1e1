/**
 * What operators do at the broker itself, beside Posthaste's queues: queues, exchanges and bindings
 * of its own kind. A port; the adapter knows the broker.
 */
@NullMarked
package io.posthaste.broker;

import org.jspecify.annotations.NullMarked;
