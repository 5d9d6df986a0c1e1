package io.posthaste.database;

import io.posthaste.database.ServerPrograms.ProgramFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL of the service's own, whose data lie in the data folder and survive a crash of
 * either.
 *
 * <p>A server that a killed Posthaste left running is stopped first, so that the one that answers
 * is always this service's. A server that dies is started again, on the same port.
 */
public final class EmbeddedServer implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(EmbeddedServer.class);

  private static final int START_ATTEMPTS = 5;
  private static final Executor EVERY_SECOND =
      CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS, Thread.ofVirtual()::start);

  private final Path path;
  private @Nullable DataFolder folder;
  private @Nullable Cluster cluster;
  private int port;

  private final Object gate = new Object();
  // Both are guarded by the gate
  private boolean launched;
  private boolean unwanted;

  private EmbeddedServer(Path path) {
    this.path = path;
  }

  /** A server, not started yet, whose data lie in the given folder. */
  public static EmbeddedServer in(Path dataFolder) {
    return new EmbeddedServer(dataFolder);
  }

  /**
   * Takes the data folder, creates what is missing in it, and starts the server.
   *
   * @return this server, which accepts connections now
   * @throws CannotStart if that is impossible; the folder is free again then
   */
  public synchronized EmbeddedServer start() {
    DataFolder taken = DataFolder.open(path);
    folder = taken;
    try {
      Cluster made = Cluster.in(taken);
      cluster = made;
      firstStart(made, taken);
      EVERY_SECOND.execute(this::watch);
      return this;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void firstStart(Cluster made, DataFolder taken) {
    for (int attempt = 1; ; attempt++) {
      try {
        port = LoopbackPort.choose(taken);
        launch();
        made.start(port);
        LoopbackPort.remember(taken, port);
        return;
      } catch (IOException e) {
        throw new CannotStart(
            "The embedded PostgreSQL found no free port on 127.0.0.1 (%s): free one, or set POSTHASTE_DATABASE_URL to a PostgreSQL of yours."
                .formatted(Sentences.reason(e)),
            e);
      } catch (CannotStart e) {
        if (attempt == START_ATTEMPTS || !mayPass(e)) {
          throw e;
        }
      }
    }
  }

  private void launch() {
    synchronized (gate) {
      if (unwanted) {
        throw new CannotStart("The start of the embedded PostgreSQL was given up.");
      }
      launched = true;
    }
  }

  /**
   * Whether somebody took the port meanwhile, or the sessions of a server that died are still
   * ending.
   */
  private static boolean mayPass(CannotStart failure) {
    String words = String.valueOf(failure.getMessage());
    return words.contains("could not bind") || words.contains("shared memory block");
  }

  /**
   * Looks rather than waits for the process to end: an ended one that nobody collects would seem
   * alive.
   */
  private synchronized void watch() {
    Cluster own = cluster;
    if (own == null) {
      return; // closed
    }
    try {
      if (!own.runs()) {
        LOG.warnf("Embedded PostgreSQL ended, starting it again port=%d", port);
        own.start(port);
      }
    } catch (CannotStart e) {
      LOG.error(e.getMessage());
    }
    EVERY_SECOND.execute(this::watch);
  }

  /** The server's address, password included. */
  public synchronized String url() {
    if (cluster == null) {
      throw new IllegalStateException("The embedded PostgreSQL does not run.");
    }
    return "postgresql://%s:%s@127.0.0.1:%d/postgres"
        .formatted(Cluster.USER, cluster.password(), port);
  }

  /**
   * Gives up a start that may be under way, and stops the server if it runs already. The process is
   * to end then: what was not finished is done anew by the next start.
   */
  public void abandon() {
    boolean mayRun;
    synchronized (gate) {
      unwanted = true;
      mayRun = launched;
    }
    if (mayRun) {
      // It may be in the middle of its start, for which close() waits
      letGo();
      close();
    } else {
      ProcessHandle.current()
          .children()
          .filter(EmbeddedServer::makesCluster)
          .forEach(EmbeddedServer::kill);
    }
  }

  private static boolean makesCluster(ProcessHandle child) {
    return child.info().command().filter(command -> command.endsWith("/initdb")).isPresent();
  }

  private static void kill(ProcessHandle program) {
    List<ProcessHandle> parts = program.descendants().toList();
    program.destroyForcibly();
    parts.forEach(ProcessHandle::destroyForcibly);
  }

  /** Has the server stop by itself once its clients are gone, as they are when this process is. */
  public void letGo() {
    synchronized (gate) {
      if (!launched) {
        return; // what runs there is another's
      }
    }
    Postmaster.of(path.toAbsolutePath().normalize().resolve("pg"))
        .ifPresent(ProcessHandle::destroy);
  }

  /** Stops the server, within half a minute, and frees the data folder. */
  @Override
  public synchronized void close() {
    Cluster own = cluster;
    cluster = null;
    try {
      if (own != null) {
        own.stop();
      }
    } catch (ProgramFailed e) {
      LOG.errorf("Embedded PostgreSQL did not stop: %s", e.getMessage());
    }
    if (folder != null) {
      folder.close();
    }
  }
}
