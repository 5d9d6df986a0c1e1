package io.posthaste.queue;

/** Whether a queue keeps order within a message's group, with at most one of it in flight. */
public enum Ordering {
  NONE,
  GROUP
}
