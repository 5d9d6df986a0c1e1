package io.posthaste.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The process that a cluster's {@code postmaster.pid} names.
 *
 * <p>The file outlives a crash, and its process id may since belong to any other program. So a
 * process counts only if it runs PostgreSQL and serves this very cluster.
 */
final class Postmaster {

  private Postmaster() {}

  /** The server that runs on this cluster now. */
  static Optional<ProcessHandle> of(Path cluster) {
    return pid(cluster)
        .flatMap(ProcessHandle::of)
        .filter(ProcessHandle::isAlive)
        .filter(Postmaster::isPostgres)
        .filter(process -> serves(process, cluster));
  }

  /** The file in which a running server names itself. */
  static Path pidFile(Path cluster) {
    return cluster.resolve("postmaster.pid");
  }

  private static Optional<Long> pid(Path cluster) {
    try {
      List<String> lines = Files.readAllLines(pidFile(cluster));
      return lines.isEmpty()
          ? Optional.empty()
          : Optional.of(Long.valueOf(lines.getFirst().strip()));
    } catch (IOException | NumberFormatException _) {
      return Optional.empty();
    }
  }

  private static boolean isPostgres(ProcessHandle process) {
    // "postgres (deleted)" is one whose program has been replaced since
    return process
        .info()
        .command()
        .map(command -> Path.of(command).getFileName().toString())
        .filter(name -> name.equals("postgres") || name.equals("postgres (deleted)"))
        .isPresent();
  }

  private static boolean serves(ProcessHandle process, Path cluster) {
    Path workingFolder = Path.of("/proc", Long.toString(process.pid()), "cwd");
    try {
      // The server's working folder is its cluster, wherever that has been moved to
      return Files.isSymbolicLink(workingFolder)
          ? Files.isSameFile(workingFolder, cluster)
          : process
              .info()
              .commandLine()
              .filter(line -> line.contains(cluster.toString()))
              .isPresent();
    } catch (IOException _) {
      return false;
    }
  }
}
