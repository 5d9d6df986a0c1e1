/**
 * What backend teams do all day: send, receive, settle. One class per operation; each finds the
 * queue, checks what its policy says, and hands on to the provider that holds the queue.
 */
@NullMarked
package io.posthaste.delivery;

import org.jspecify.annotations.NullMarked;
