/**
 * The broker itself, beside Posthaste's queues: where it is and who vouches for it, and what
 * operators do there to queues, exchanges and bindings of its own kind, and how messages of ours
 * are published to any exchange. Ports; the adapter knows the broker.
 */
@NullMarked
package io.posthaste.broker;

import org.jspecify.annotations.NullMarked;
