package io.posthaste;

import io.posthaste.database.EmbeddedServer;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/**
 * Makes a service that was asked to stop end in order, and with exit code 0: first the application,
 * then what it runs on. Left to themselves all shutdown hooks run at once, and the database could
 * go before those who use it. A start is given up: nobody has been promised anything yet.
 */
final class StopSignals {

  /** Kubernetes kills after 30 s by default. */
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private static final AtomicBoolean ASKED = new AtomicBoolean();
  private static volatile boolean running;
  private static volatile @Nullable EmbeddedServer database;

  private StopSignals() {}

  static void install() {
    for (String name : new String[] {"TERM", "INT", "HUP"}) {
      Signal.handle(new Signal(name), _ -> stop());
    }
  }

  /** What the application runs on, from before its start. */
  static void runsOn(EmbeddedServer server) {
    database = server;
  }

  /** The start is over. Does not return when it was given up. */
  static void applicationRuns() {
    running = true;
    awaitEndIfAsked();
  }

  /** Whoever gives up a start ends the process: what fails because of that is nobody's business. */
  static void awaitEndIfAsked() {
    if (ASKED.get() && !inDevMode()) {
      pause(PATIENCE);
    }
  }

  private static boolean inDevMode() {
    return LaunchMode.current() != LaunchMode.NORMAL;
  }

  private static void stop() {
    // There the end of the application is not the end of the process
    if (inDevMode()) {
      System.exit(0);
    }
    boolean ready = running;
    if (!ASKED.compareAndSet(false, true)) {
      return;
    }
    // This thread is a daemon: it outlives the end of the application only if that never comes
    Thread.ofPlatform().daemon().start(StopSignals::endLate);
    if (ready) {
      Quarkus.asyncExit(0);
    } else {
      Optional.ofNullable(database).ifPresent(EmbeddedServer::abandon);
      Runtime.getRuntime().halt(0);
    }
  }

  private static void endLate() {
    pause(PATIENCE);
    System.err.println("Posthaste did not stop in time and is ended now.");
    Optional.ofNullable(database).ifPresent(EmbeddedServer::letGo);
    Runtime.getRuntime().halt(1);
  }

  private static void pause(Duration span) {
    try {
      Thread.sleep(span);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
