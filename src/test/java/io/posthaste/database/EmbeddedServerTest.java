package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedServerTest {

  /** Shared, as making a cluster is what takes long. */
  @TempDir static Path used;

  @TempDir Path fresh;

  @BeforeEach
  void nothing_runs() {
    assertThat(Postmaster.of(used.resolve("pg"))).isEmpty();
  }

  @Test
  void commits_are_on_disk_before_they_are_confirmed() {
    try (EmbeddedServer server = EmbeddedServer.in(used).start()) {
      assertThat(setting(server, "fsync")).isEqualTo("on");
      assertThat(setting(server, "synchronous_commit")).isEqualTo("on");
      assertThat(setting(server, "full_page_writes")).isEqualTo("on");
    }
  }

  @Test
  void only_loopback_and_the_password_lead_in() throws IOException {
    try (EmbeddedServer server = EmbeddedServer.in(used).start()) {
      assertThat(setting(server, "listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(setting(server, "unix_socket_directories")).isEmpty();
      String wrongPassword = server.url().replaceFirst(":[0-9a-f]+@", ":wrong@");
      assertThatThrownBy(() -> SqlSession.at(wrongPassword).query("SELECT 1"))
          .hasMessageContaining("password authentication failed");
    }
    assertThat(Files.getPosixFilePermissions(used.resolve("password")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(Files.getPosixFilePermissions(used.resolve("pg")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void next_start_listens_on_the_same_port() {
    String url;
    try (EmbeddedServer server = EmbeddedServer.in(used).start()) {
      url = server.url();
    }

    try (EmbeddedServer server = EmbeddedServer.in(used).start()) {
      assertThat(server.url()).isEqualTo(url);
    }
  }

  @Test
  void second_server_in_the_same_folder_is_refused() {
    try (EmbeddedServer server = EmbeddedServer.in(used).start()) {
      assertThatThrownBy(() -> EmbeddedServer.in(used).start())
          .isInstanceOf(CannotStart.class)
          .hasMessage(
              "The data folder %s is in use by another Posthaste (pid %d). Stop it, or set POSTHASTE_DATA_DIR to another folder.",
              used, ProcessHandle.current().pid());
      assertThat(SqlSession.at(server.url()).query("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void pid_file_that_names_another_program_harms_neither() throws IOException {
    EmbeddedServer.in(used).start().close();
    Files.writeString(
        used.resolve("pg/postmaster.pid"), ProcessHandle.current().pid() + "\n" + used + "/pg\n");

    try (EmbeddedServer server = EmbeddedServer.in(used).start()) {
      assertThat(SqlSession.at(server.url()).query("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void server_that_dies_is_started_again() {
    try (EmbeddedServer server = EmbeddedServer.in(used).start()) {
      SqlSession session = SqlSession.at(server.url());
      session.run("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer");
      ProcessHandle postmaster = Postmaster.of(used.resolve("pg")).orElseThrow();

      postmaster.destroyForcibly();

      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> session.query("SELECT answer FROM kept").equals("42"));
    }
  }

  @Test
  void data_of_another_major_version_are_refused() throws IOException {
    Files.createDirectories(fresh.resolve("pg"));
    Files.writeString(fresh.resolve("pg/PG_VERSION"), "17\n");

    assertRefused(fresh, "holds data of PostgreSQL 17, and this Posthaste runs PostgreSQL 18");
  }

  @Test
  void version_that_cannot_be_read_is_refused() throws IOException {
    Files.createDirectories(fresh.resolve("pg/PG_VERSION"));

    assertRefused(fresh, "cannot be used");
  }

  @Test
  void path_below_a_file_is_refused() throws IOException {
    Path file = Files.createFile(fresh.resolve("file"));

    assertRefused(file, "is not a folder");
    assertRefused(file.resolve("data"), "cannot be written");
  }

  @Test
  void lost_password_is_refused() throws IOException {
    EmbeddedServer.in(used).start().close();
    Path password = used.resolve("password");
    Files.move(password, fresh.resolve("password"));

    assertRefused(used, "password is missing");

    Files.move(fresh.resolve("password"), password);
  }

  @Test
  void server_that_would_not_start_is_quoted() throws IOException {
    EmbeddedServer.in(used).start().close();
    Path settings = used.resolve("pg/postgresql.auto.conf");
    String before = Files.readString(settings);
    Files.writeString(settings, "shared_buffers = 'plenty'\n");

    assertRefused(used, "invalid value for parameter \"shared_buffers\"");

    Files.writeString(settings, before);
  }

  @Test
  void address_is_unknown_before_the_start() {
    assertThatThrownBy(() -> EmbeddedServer.in(fresh).url())
        .isInstanceOf(IllegalStateException.class);
  }

  private static void assertRefused(Path folder, String part) {
    assertThatThrownBy(() -> EmbeddedServer.in(folder).start())
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining(part)
        .message()
        .hasLineCount(1);
  }

  private static String setting(EmbeddedServer server, String name) {
    return SqlSession.at(server.url()).query("SHOW " + name);
  }
}
