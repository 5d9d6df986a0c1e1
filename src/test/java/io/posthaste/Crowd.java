package io.posthaste;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Does things over and over, in many threads at once, until told to stop. */
final class Crowd implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  /** Repeats the work in so many threads; a failure ends its thread. */
  Crowd add(int size, Runnable work) {
    for (int i = 0; i < size; i++) {
      threads.execute(() -> repeat(work));
    }
    return this;
  }

  private void repeat(Runnable work) {
    try {
      while (!stopped) {
        work.run();
      }
    } catch (RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  /** Lets everybody finish what is under way; fails if anybody failed. */
  @Override
  public void close() {
    stopped = true;
    threads.shutdown();
    try {
      if (!threads.awaitTermination(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        failures.add(new AssertionError("still at work after " + LIMIT));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failures.add(e);
    }
    if (!failures.isEmpty()) {
      throw new AssertionError(failures.size() + " failed", failures.peek());
    }
  }
}
