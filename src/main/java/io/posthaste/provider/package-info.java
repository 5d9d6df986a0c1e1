/**
 * What the adapters of more than one broker are made of: who waits for messages, in which thread
 * and on which event loop it is answered, whether two sends are the same, and a relay into a broker
 * that is turned off. Knows no broker.
 */
@NullMarked
package io.posthaste.provider;

import org.jspecify.annotations.NullMarked;
