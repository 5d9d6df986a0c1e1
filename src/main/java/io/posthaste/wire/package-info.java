/**
 * How a message looks in AMQP: which field of ours is which property or header there. What was
 * written here is read back as it was; any other client's message is read as well as can be.
 */
@NullMarked
package io.posthaste.wire;

import org.jspecify.annotations.NullMarked;
