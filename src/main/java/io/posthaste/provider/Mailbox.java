package io.posthaste.provider;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Runs tasks one at a time, on the thread of whoever brings the first, so that what only tasks
 * touch needs no lock. Tasks are short and never block.
 */
public final class Mailbox {
  private static final Logger LOG = Logger.getLogger(Mailbox.class);

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();

  public void execute(Runnable task) {
    tasks.add(task);
    if (size.getAndIncrement() == 0) {
      do {
        runNext();
      } while (size.decrementAndGet() != 0);
    }
  }

  private void runNext() {
    Runnable task = tasks.remove();
    try {
      task.run();
    } catch (RuntimeException e) {
      // The next task must run all the same
      LOG.error("mailbox task failed", e);
    }
  }
}
