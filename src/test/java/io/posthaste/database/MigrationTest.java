package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MigrationTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path data;

  @TempDir Path scripts;

  @BeforeEach
  void one_script_waits() throws IOException {
    Files.writeString(scripts.resolve("V1__letters.sql"), "CREATE TABLE letters (letter text)");
  }

  @Test
  void migration_waits_for_a_database_that_is_down() throws InterruptedException {
    String url;
    try (EmbeddedServer server = EmbeddedServer.in(data).start()) {
      url = server.url();
    }
    Migration migration = migration(url, "waiting");

    migration.begin(new StartupEvent());
    assertThat(migration.done()).isFalse();

    try (EmbeddedServer server = EmbeddedServer.in(data).start()) {
      assertThat(server.url()).isEqualTo(url);
      migration.completion().await().atMost(SOON);
      assertThat(migration.done()).isTrue();
    }
  }

  @Test
  void replicas_migrate_one_after_the_other() throws InterruptedException {
    try (EmbeddedServer server = EmbeddedServer.in(data).start()) {
      Migration one = migration(server.url(), "together");
      Migration other = migration(server.url(), "together");

      Thread beginning = Thread.ofVirtual().start(() -> begin(one));
      begin(other);
      beginning.join();

      one.completion().await().atMost(SOON);
      other.completion().await().atMost(SOON);
      assertThat(
              SqlSession.at(server.url())
                  .query("SELECT count(*) FROM together.flyway_schema_history WHERE version = '1'"))
          .isEqualTo("1");
    }
  }

  @Test
  void migration_that_fails_is_tried_again() throws IOException, InterruptedException {
    Path script = scripts.resolve("V1__letters.sql");
    String right = Files.readString(script);
    Files.writeString(script, "CREATE TABEL letters (letter text)");
    try (EmbeddedServer server = EmbeddedServer.in(data).start()) {
      Migration migration = migration(server.url(), "mended");

      migration.begin(new StartupEvent());
      assertThat(migration.done()).isFalse();

      Files.writeString(script, right);
      migration.completion().await().atMost(SOON);
    }
  }

  @Test
  void end_of_the_service_ends_the_attempts() throws InterruptedException {
    Migration migration = migration("postgresql://ann:secret@127.0.0.1:1/db", "never");
    migration.begin(new StartupEvent());

    migration.stop(new ShutdownEvent());

    assertThat(migration.done()).isFalse();
  }

  @Test
  void only_a_database_that_does_not_answer_lacks_connectivity() {
    assertThat(Connectivity.isLacking(failure("08001"))).isTrue();
    assertThat(Connectivity.isLacking(failure("57P03"))).isTrue();
    assertThat(Connectivity.isLacking(failure(null))).isTrue();
    assertThat(Connectivity.isLacking(failure("28P01"))).isFalse();
    assertThat(Connectivity.isLacking(new IllegalStateException("checksum"))).isFalse();
    assertThat(Connectivity.lastCause(failure("08001"))).isEqualTo("cause");
  }

  private static RuntimeException failure(@org.jspecify.annotations.Nullable String state) {
    return new IllegalStateException(new SQLException("cause", state));
  }

  private static void begin(Migration migration) {
    try {
      migration.begin(new StartupEvent());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Migration migration(String url, String schema) {
    DatabaseUrl database = DatabaseUrl.parse(url);
    return new Migration(
        Flyway.configure()
            .dataSource(database.jdbcUrl(), database.user(), database.password())
            .locations("filesystem:" + scripts)
            .schemas(schema)
            .load());
  }
}
