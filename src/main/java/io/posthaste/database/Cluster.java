package io.posthaste.database;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import io.posthaste.database.ServerPrograms.ProgramFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * PostgreSQL's data in the data folder: made once, then started and stopped any number of times.
 */
final class Cluster {

  static final String USER = "posthaste";

  // Recovery after a crash reads the whole log since the last checkpoint
  private static final Duration START_LIMIT = Duration.ofMinutes(5);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final int LOG_LINES_QUOTED = 5;

  /** Durable before fast; otherwise sized for a service that shares its machine. */
  private static final String SETTINGS =
      """
      # Written anew at every start of Posthaste
      listen_addresses = '127.0.0.1'
      port = %d
      unix_socket_directories = ''
      max_connections = 100
      fsync = on
      synchronous_commit = on
      full_page_writes = on
      shared_buffers = 256MB
      max_wal_size = 2GB
      autovacuum_naptime = 5s
      min_wal_size = 256MB
      wal_compression = on
      # To fill each new file of the log first made all commits wait 40 ms, once a second at load
      wal_init_zero = off
      jit = off
      # Containers have little shared memory, and no query here is large
      max_parallel_workers_per_gather = 0
      timezone = 'UTC'
      log_timezone = 'UTC'
      lc_messages = 'C'
      # Failed statements are reported by whoever sent them
      log_min_messages = log
      log_checkpoints = off
      """;

  private final DataFolder folder;
  private final ServerPrograms programs;

  private Cluster(DataFolder folder, ServerPrograms programs) {
    this.folder = folder;
    this.programs = programs;
  }

  /**
   * The data folder's cluster, made if there is none, and stopped if a killed Posthaste left it
   * running.
   *
   * @throws CannotStart if its data are not of this major version, or it cannot be made
   */
  static Cluster in(DataFolder folder) {
    refuseOtherVersions(folder);
    Cluster cluster = new Cluster(folder, ServerPrograms.in(folder));
    try {
      cluster.stop();
      cluster.createUnlessThere();
      return cluster;
    } catch (ProgramFailed e) {
      throw cluster.programs.refused(e);
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  private static void refuseOtherVersions(DataFolder folder) {
    Path file = folder.cluster().resolve("PG_VERSION");
    if (!Files.exists(file)) {
      return;
    }
    String major = content(folder, file);
    if (!major.equals(ServerPrograms.MAJOR)) {
      throw new CannotStart(
          "The data folder %s holds data of PostgreSQL %s, and this Posthaste runs PostgreSQL %s: start the Posthaste that wrote it, or set POSTHASTE_DATA_DIR to another folder."
              .formatted(folder.path(), major, ServerPrograms.MAJOR));
    }
  }

  private void createUnlessThere() throws IOException, ProgramFailed {
    if (Files.exists(folder.cluster())) {
      if (!Files.exists(folder.file("password"))) {
        throw new CannotStart(
            "The file %s is missing, without which the data beside it cannot be read: restore it, or set POSTHASTE_DATA_DIR to another folder."
                .formatted(folder.file("password")));
      }
      return;
    }
    folder.writePrivately("password", randomPassword());
    Path draft = folder.file("pg.new");
    ServerArchive.delete(draft);
    programs.run(
        START_LIMIT,
        "initdb",
        "--pgdata=" + draft,
        "--username=" + USER,
        "--pwfile=" + folder.file("password"),
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8");
    // A crash before this line leaves a draft, and a crash after it a whole cluster
    Files.move(draft, folder.cluster(), ATOMIC_MOVE);
  }

  private static String randomPassword() {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /**
   * Starts the server, which must not run, and returns once it accepts connections.
   *
   * @throws CannotStart with the server's last words
   */
  void start(int port) {
    try {
      Path data = folder.cluster();
      // Volumes are often handed over with wider rights than PostgreSQL accepts
      Files.setPosixFilePermissions(data, DataFolder.OWNER_ONLY_FOLDER);
      Files.writeString(data.resolve("postgresql.conf"), SETTINGS.formatted(port));
      if (Files.exists(log())) {
        Files.move(log(), folder.file("postgres.log.1"), REPLACE_EXISTING);
      }
      // It names a dead process; if its number is in use again, PostgreSQL would not start
      Files.deleteIfExists(Postmaster.pidFile(data));
      pgCtl("start", START_LIMIT, "--log=" + log());
    } catch (ProgramFailed e) {
      throw lastWords().map(this::wouldNotStart).orElseGet(() -> programs.refused(e));
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  /** Whether a server runs on this cluster now. */
  boolean runs() {
    return Postmaster.of(folder.cluster()).isPresent();
  }

  /**
   * Stops the server, whoever started it, if one runs. Sessions are cut off; what they committed is
   * kept.
   *
   * @throws ProgramFailed if it still runs
   */
  void stop() throws ProgramFailed {
    if (!runs()) {
      return;
    }
    try {
      pgCtl("stop", STOP_LIMIT, "--mode=fast");
    } catch (ProgramFailed _) {
      pgCtl("stop", STOP_LIMIT, "--mode=immediate");
    }
  }

  private void pgCtl(String action, Duration limit, String option) throws ProgramFailed {
    programs.run(
        limit.plusSeconds(5),
        "pg_ctl",
        action,
        "--silent",
        "--wait",
        "--timeout=" + limit.toSeconds(),
        "--pgdata=" + folder.cluster(),
        option);
  }

  String password() {
    return content(folder, folder.file("password"));
  }

  private static String content(DataFolder folder, Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  private Path log() {
    return folder.file("postgres.log");
  }

  private Optional<String> lastWords() {
    try {
      List<String> lines = Files.readAllLines(log());
      return lines.isEmpty()
          ? Optional.empty()
          : Optional.of(
              String.join(
                  " | ",
                  lines.subList(Math.max(0, lines.size() - LOG_LINES_QUOTED), lines.size())));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  private CannotStart wouldNotStart(String lastWords) {
    return new CannotStart(
        "The embedded PostgreSQL would not start; the end of %s says: %s"
            .formatted(log(), lastWords));
  }

  private static CannotStart unusable(DataFolder folder, IOException cause) {
    return new CannotStart(
        "The data folder %s cannot be used (%s): mend that, or set POSTHASTE_DATA_DIR to another folder."
            .formatted(folder.path(), Sentences.reason(cause)),
        cause);
  }
}
