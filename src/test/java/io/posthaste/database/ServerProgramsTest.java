package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.ServerPrograms.ProgramFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServerProgramsTest {

  private static final String ARCHIVE =
      ServerArchive.nameFor(System.getProperty("os.name"), System.getProperty("os.arch"));

  @TempDir Path path;

  private DataFolder folder;
  private Path programs;

  /** Made to look unpacked, with nothing in it. */
  @BeforeEach
  void programs_are_fakes() throws IOException {
    folder = DataFolder.open(path);
    try (var packed = ServerProgramsTest.class.getResourceAsStream("/" + ARCHIVE)) {
      Path home = path.resolve("bin").resolve(ServerArchive.read(packed).fingerprint());
      programs = Files.createDirectories(home.resolve("bin"));
    }
  }

  @AfterEach
  void folder_is_free() {
    folder.close();
  }

  @Test
  void unknown_platform_is_refused() {
    assertThatThrownBy(() -> ServerPrograms.in(folder, "postgres-plan9-mips.txz"))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("no embedded PostgreSQL for this platform")
        .hasMessageContaining("POSTHASTE_DATABASE_URL");
  }

  @Test
  void output_is_handed_back() throws Exception {
    program("echo $1 $LC_ALL");

    assertThat(ServerPrograms.in(folder).run(Duration.ofSeconds(10), "fake", "said"))
        .isEqualTo("said C\n");
  }

  @Test
  void failure_quotes_the_output() throws IOException {
    program("echo no; exit 3");

    assertThatThrownBy(() -> ServerPrograms.in(folder).run(Duration.ofSeconds(10), "fake"))
        .isInstanceOf(ProgramFailed.class)
        .hasMessage("fake failed: no");
  }

  @Test
  void program_that_takes_too_long_is_ended() throws IOException {
    program("exec sleep 60");

    assertThatThrownBy(() -> ServerPrograms.in(folder).run(Duration.ofMillis(200), "fake"))
        .isInstanceOf(ProgramFailed.class);
  }

  @Test
  void program_that_cannot_be_run_is_refused_in_one_sentence() {
    assertThatThrownBy(() -> Cluster.in(folder))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("could not be run")
        .message()
        .hasLineCount(1);
  }

  @Test
  void root_without_user_namespaces_is_told_what_to_do() {
    assertThat(
            ServerPrograms.in(folder)
                .refused(
                    new ProgramFailed(
                        "initdb failed: unshare: unshare failed: Operation not permitted")))
        .hasMessageContaining("run Posthaste as an ordinary user");
  }

  private void program(String script) throws IOException {
    Path program = Files.writeString(programs.resolve("fake"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, DataFolder.OWNER_ONLY_FOLDER);
  }
}
