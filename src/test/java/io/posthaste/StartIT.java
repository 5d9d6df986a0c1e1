package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.SharedPrograms;
import io.posthaste.database.SqlSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StartIT {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration START = Duration.ofMinutes(2);

  @TempDir Path data;

  @Test
  void second_start_finds_what_the_first_one_stored() {
    try (var first = ServiceProcess.startIn(data).awaitReady()) {
      assertThat(first.output()).contains("Data lie in " + data).contains("curl -X PUT");
      SqlSession.of(data).run("CREATE TABLE kept AS SELECT 42 AS answer");
    }

    try (var _ = ServiceProcess.startIn(data).awaitReady()) {
      assertThat(SqlSession.of(data).query("SELECT answer FROM kept")).isEqualTo("42");
    }
  }

  @Test
  void commits_survive_a_kill_and_the_server_left_behind_is_replaced() throws IOException {
    long orphan;
    try (var killed = ServiceProcess.startIn(data).awaitReady()) {
      SqlSession.of(data).run("CREATE TABLE kept AS SELECT 42 AS answer");
      killed.kill();
      orphan = postmaster();
    }
    assertThat(ProcessHandle.of(orphan))
        .as("left behind")
        .hasValueSatisfying(p -> assertThat(p.isAlive()).isTrue());

    try (var _ = ServiceProcess.startIn(data).awaitReady()) {
      assertThat(postmaster()).isNotEqualTo(orphan);
      awaitEnd(orphan);
      assertThat(SqlSession.of(data).query("SELECT answer FROM kept")).isEqualTo("42");
    }
  }

  @Test
  void termination_ends_service_and_database_in_order() throws IOException {
    var service = ServiceProcess.startIn(data).awaitReady();
    long postmaster = postmaster();

    service.terminate();

    assertThat(service.exitCode(SOON)).isZero();
    assertThat(data.resolve("pg/postmaster.pid")).doesNotExist();
    awaitEnd(postmaster);
  }

  @Test
  void service_starts_without_its_database_and_is_ready_once_that_answers() {
    String url;
    try (var server = SharedPrograms.in(data).start()) {
      url = server.url();
    }

    try (var service =
        ServiceProcess.start(Map.of("POSTHASTE_DATABASE_URL", url)).awaitListening()) {
      assertThat(service.output()).contains("does not answer").doesNotContain("\tat ");
      try (var server = SharedPrograms.in(data).start()) {
        assertThat(server.url()).isEqualTo(url);
        service.awaitReady();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lock", "pg.new", "pg/postmaster.pid"})
  void termination_ends_a_start_that_has_come_so_far(String file) {
    try (var service = ServiceProcess.startIn(data)) {
      Awaitility.await()
          .atMost(START)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> Files.exists(data.resolve(file)));

      service.terminate();

      assertThat(service.exitCode(SOON)).isZero();
      assertThat(service.output())
          .doesNotContain("Posthaste listens on", "did not stop in time", "\tat ");
      assertThat(data.resolve("pg/postmaster.pid")).doesNotExist();
    }
  }

  @Test
  void value_that_cannot_be_used_is_one_sentence() {
    Map<String, String> wrong =
        Map.of(
            "POSTHASTE_DEAD_LETTERS_RETENTION", "90",
            "POSTHASTE_STOP_DELAY", "ninety days",
            "POSTHASTE_RABBITMQ_CONSUMER_TIMEOUT", "abc",
            "POSTHASTE_SCHEDULES_HISTORY_RETENTION", "abc",
            "POSTHASTE_LOG_JSON", "maybe",
            "POSTHASTE_HTTP_HOST", "192.0.2.1");
    wrong.forEach(
        (name, value) ->
            assertRefused(
                ServiceProcess.startIn(data, Map.of(name, value)), name + " is \"" + value + "\""));
  }

  @Test
  void empty_values_count_as_absent() {
    Map<String, String> empty =
        Map.of(
            "POSTHASTE_HTTP_HOST", "",
            "POSTHASTE_DEAD_LETTERS_RETENTION", "",
            "POSTHASTE_SCHEDULES_HISTORY_RETENTION", "",
            "POSTHASTE_RABBITMQ_CONSUMER_TIMEOUT", "",
            "POSTHASTE_INTAKE_PREFETCH", "",
            "POSTHASTE_MANAGEMENT_ENABLED", "",
            "POSTHASTE_STOP_DELAY", "",
            "POSTHASTE_LOG_JSON", "");

    try (var service = ServiceProcess.startIn(data, empty).awaitReady()) {
      assertThat(service.output()).contains("Posthaste listens on http://127.0.0.1:");
    }
  }

  @Test
  void taken_port_is_one_sentence() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertRefused(
          ServiceProcess.startIn(
              data, Map.of("POSTHASTE_HTTP_PORT", Integer.toString(socket.getLocalPort()))),
          "Posthaste cannot listen on 127.0.0.1 port " + socket.getLocalPort());
    }
  }

  @Test
  void folder_in_use_is_one_sentence() {
    try (var first = ServiceProcess.startIn(data).awaitReady()) {
      assertRefused(
          ServiceProcess.startIn(data),
          "The data folder %s is in use by another Posthaste (pid %d). Stop it, or set POSTHASTE_DATA_DIR to another folder."
              .formatted(data, first.pid()));
    }
  }

  @Test
  void malformed_settings_are_one_sentence() {
    assertRefused(
        ServiceProcess.startIn(data, Map.of("POSTHASTE_HTTP_PORT", "abc")),
        "POSTHASTE_HTTP_PORT is \"abc\"");
    assertRefused(
        ServiceProcess.start(Map.of("POSTHASTE_DATABASE_URL", "mysql://u:secret@h/db")),
        "POSTHASTE_DATABASE_URL: ");
    assertRefused(
        ServiceProcess.startIn(data, Map.of("POSTHASTE_REDIS_URL", "redis://u:secret@a,b")),
        "POSTHASTE_REDIS_URL cannot be used: several hosts need");
  }

  private static void assertRefused(ServiceProcess service, String sentence) {
    assertThat(service.exitCode(SOON)).isEqualTo(1);
    assertThat(service.output()).contains(sentence).doesNotContain("secret").hasLineCount(1);
  }

  private long postmaster() throws IOException {
    return Long.parseLong(Files.readAllLines(data.resolve("pg/postmaster.pid")).getFirst().strip());
  }

  /** Not at once: a process is listed until the system's first process has collected it. */
  private static void awaitEnd(long pid) {
    Awaitility.await()
        .atMost(SOON)
        .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }
}
