package io.posthaste.database;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * PostgreSQL's programs, unpacked into the data folder.
 *
 * <p>PostgreSQL refuses to run as root, or as a user without a name. For these it is run in a user
 * namespace of its own, where it is nobody; its files stay the user's.
 */
final class ServerPrograms {

  /** The major version whose data these programs read. */
  static final String MAJOR = "18";

  private static final Pattern NO_USER_NAMESPACE =
      Pattern.compile("unshare: unshare|program \"unshare\"");

  private final DataFolder folder;
  private final Path programs;

  private ServerPrograms(DataFolder folder, Path programs) {
    this.folder = folder;
    this.programs = programs;
  }

  /**
   * Unpacks the programs unless that is done already.
   *
   * @throws CannotStart if there are none for this platform
   */
  static ServerPrograms in(DataFolder folder) {
    return in(
        folder,
        ServerArchive.nameFor(System.getProperty("os.name"), System.getProperty("os.arch")));
  }

  static ServerPrograms in(DataFolder folder, String archive) {
    try (InputStream packed = ServerPrograms.class.getResourceAsStream("/" + archive)) {
      if (packed == null) {
        throw new CannotStart(
            "There is no embedded PostgreSQL for this platform (%s, %s): set POSTHASTE_DATABASE_URL to a PostgreSQL of yours."
                .formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
      }
      return new ServerPrograms(
          folder, ServerArchive.read(packed).unpackedIn(folder.file("bin")).resolve("bin"));
    } catch (IOException e) {
      throw new CannotStart(
          "The embedded PostgreSQL could not be unpacked into %s (%s): free some space, or set POSTHASTE_DATA_DIR to another folder."
              .formatted(folder.file("bin"), Sentences.reason(e)),
          e);
    }
  }

  /**
   * Runs a program to its end.
   *
   * @return what it printed
   * @throws ProgramFailed if it ends with anything but 0, or not in time
   */
  String run(Duration limit, String program, String... arguments) throws ProgramFailed {
    Path output = folder.file("output");
    try {
      Process process = process(output, program, arguments).start();
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      String printed = Files.readString(output);
      if (!ended || process.exitValue() != 0) {
        throw new ProgramFailed(
            program + " failed: " + printed.strip().replaceAll("\\s*\n\\s*", " | "));
      }
      return printed;
    } catch (IOException e) {
      throw new ProgramFailed(program + " could not be run: " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new ProgramFailed(program + " was interrupted");
    }
  }

  /** Container platforms hand out user ids that have no name, which initdb insists on. */
  private static boolean isNameless() {
    return "?".equals(System.getProperty("user.name"));
  }

  private ProcessBuilder process(Path output, String program, String... arguments) {
    List<String> command = new ArrayList<>();
    if (folder.ownedByRoot() || isNameless()) {
      command.addAll(List.of("unshare", "--user"));
    }
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    // A file rather than a pipe, which the server would keep open
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    // PGDATA, PGPORT and their like would override what is asked for here
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  /** Why PostgreSQL cannot run here at all, or what the program said. */
  CannotStart refused(ProgramFailed failure) {
    // Forbidden, or not installed
    if (NO_USER_NAMESPACE.matcher(String.valueOf(failure.getMessage())).find()) {
      return new CannotStart(
          "PostgreSQL does not run as root or as a user without a name, and this machine does not allow user namespaces:"
              + " run Posthaste as an ordinary user, or set POSTHASTE_DATABASE_URL to a PostgreSQL of yours.",
          failure);
    }
    return new CannotStart(
        "The embedded PostgreSQL could not be run in %s (%s): mend that, or set POSTHASTE_DATABASE_URL to a PostgreSQL of yours."
            .formatted(folder.path(), failure.getMessage()),
        failure);
  }

  /** A program did not do what it was asked. */
  static final class ProgramFailed extends Exception {

    private static final long serialVersionUID = 1L;

    ProgramFailed(String message) {
      super(message);
    }
  }
}
