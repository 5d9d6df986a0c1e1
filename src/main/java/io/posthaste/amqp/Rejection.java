package io.posthaste.amqp;

/** A message on its way to {@code posthaste.rejected}; acked once its copy is there. */
record Rejection(Arrival arrival, Refusal why) {}
