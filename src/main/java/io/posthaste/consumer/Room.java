package io.posthaste.consumer;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all consumers of a replica may hold together, in bytes. Who finds room may take once, so
 * that a little more than {@link #MOST_BYTES} is held when many take at the same time.
 */
final class Room {
  private static final long MOST_BYTES = 64L * 1024 * 1024;

  private final AtomicLong held = new AtomicLong();

  boolean isLeft() {
    return held.get() < MOST_BYTES;
  }

  void take(long bytes) {
    held.addAndGet(bytes);
  }

  void free(long bytes) {
    held.addAndGet(-bytes);
  }
}
