package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DatabaseUrlTest {

  @Test
  void address_serves_both_clients() {
    DatabaseUrl url = DatabaseUrl.parse("postgresql://ann:secret@db_host:6543/queues");

    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://db_host:6543/queues");
    assertThat(url.reactiveUrl()).isEqualTo("postgresql://db_host:6543/queues");
    assertThat(url.user()).isEqualTo("ann");
    assertThat(url.password()).isEqualTo("secret");
  }

  @Test
  void port_defaults_to_that_of_postgresql() {
    assertThat(DatabaseUrl.parse("postgres://ann:secret@[::1]/queues").jdbcUrl())
        .isEqualTo("jdbc:postgresql://[::1]:5432/queues");
  }

  @Test
  void password_may_be_absent() {
    assertThat(DatabaseUrl.parse("postgres://ann@host/queues").password()).isEmpty();
  }

  @Test
  void reserved_characters_are_percent_encoded() {
    DatabaseUrl url = DatabaseUrl.parse("postgresql://a%40b:p%2Fs%3As+%25@host/my%20db");

    assertThat(url.user()).isEqualTo("a@b");
    assertThat(url.password()).isEqualTo("p/s:s+%");
    assertThat(url.jdbcUrl()).endsWith("/my%20db");
  }

  @Test
  void ssl_mode_is_handed_on() {
    DatabaseUrl url = DatabaseUrl.parse("postgresql://ann:secret@host/db?sslmode=require");

    assertThat(url.jdbcUrl()).endsWith("/db?sslmode=require");
    assertThat(url.reactiveUrl()).endsWith("/db?sslmode=require");
    assertThat(url.trustsAnyCertificate()).isTrue();
    assertThat(url.verifiesHost()).isFalse();
  }

  @Test
  void password_stays_out_of_text() {
    assertThat(DatabaseUrl.parse("postgresql://ann:secret@host/db").toString())
        .isEqualTo("postgresql://ann@host:5432/db");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "mysql://ann:secret@host/db",
        "postgresql://ann:secret@host",
        "postgresql://ann:secret@host/",
        "postgresql://host/db",
        "postgresql://ann:sec/secret@host/db",
        "postgresql://ann:sec@secret@host/db",
        "postgresql://ann:secret@host:0/db",
        "postgresql://ann:secret@host:99999/db",
        "postgresql://ann:secret@host:port/db",
        "postgresql://ann:secret%@host/db",
        "postgresql://ann:secret@host/db?secret@host/db",
        "postgresql://ann:secret@host/db?sslmode=maybe",
        "jdbc:postgresql://host/db?user=ann&password=secret"
      })
  void what_cannot_be_read_is_one_sentence_without_the_password(String text) {
    assertThatThrownBy(() -> DatabaseUrl.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .message()
        .endsWith(".")
        .doesNotContain("secret")
        .hasLineCount(1);
  }

  @Test
  void datasources_follow_the_address() {
    Map<String, String> properties =
        settings("postgresql://ann:secret@host/db?sslmode=verify-full");

    assertThat(properties)
        .containsEntry("quarkus.datasource.username", "ann")
        .containsEntry("quarkus.datasource.password", "secret")
        .containsEntry(
            "quarkus.datasource.jdbc.url", "jdbc:postgresql://host:5432/db?sslmode=verify-full")
        .containsEntry(
            "quarkus.datasource.reactive.url", "postgresql://host:5432/db?sslmode=verify-full")
        .containsEntry("quarkus.datasource.reactive.hostname-verification-algorithm", "HTTPS")
        .doesNotContainKey("quarkus.datasource.reactive.trust-all");
    assertThat(settings("postgresql://ann:secret@host/db?sslmode=require"))
        .containsEntry("quarkus.datasource.reactive.trust-all", "true");
  }

  private static Map<String, String> settings(String url) {
    return DatasourceSettings.properties(DatabaseUrl.parse(url));
  }
}
