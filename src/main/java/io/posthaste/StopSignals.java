package io.posthaste;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import java.time.Duration;
import sun.misc.Signal;

/**
 * Makes a service that was asked to stop end in order, and with exit code 0: first the application,
 * then what it runs on. Left to themselves all shutdown hooks run at once, and the database could
 * go before those who use it.
 */
final class StopSignals {

  /** Kubernetes kills after 30 s by default. */
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private StopSignals() {}

  static void install() {
    for (String name : new String[] {"TERM", "INT", "HUP"}) {
      Signal.handle(new Signal(name), _ -> stop());
    }
  }

  private static void stop() {
    // This thread is a daemon: it outlives the end of the application only if that never comes
    if (ApplicationLifecycleManager.getCurrentApplication() == null) {
      System.exit(0);
    }
    Quarkus.asyncExit(0);
    try {
      Thread.sleep(PATIENCE);
    } catch (InterruptedException _) {
      return;
    }
    System.err.println("Posthaste did not stop in time, and is ended now.");
    Runtime.getRuntime().halt(1);
  }
}
