package io.posthaste;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.LaunchMode;
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
    // Before the application runs, and in dev mode, where its end is not the end of the process
    if (ApplicationLifecycleManager.getCurrentApplication() == null
        || LaunchMode.current() != LaunchMode.NORMAL) {
      System.exit(0);
    }
    // This thread is a daemon: it outlives the end of the application only if that never comes
    Quarkus.asyncExit(0);
    try {
      Thread.sleep(PATIENCE);
    } catch (InterruptedException _) {
      return;
    }
    System.err.println("Posthaste did not stop in time and is ended now.");
    Runtime.getRuntime().halt(1);
  }
}
