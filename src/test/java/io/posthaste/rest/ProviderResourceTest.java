package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class ProviderResourceTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @Test
  void list_says_what_postgres_can_do() {
    assertThat(client.get("/v1/providers").text())
        .isEqualTo(
            "{\"items\":[{\"name\":\"postgres\",\"enabled\":true,\"reachable\":true,"
                + "\"capabilities\":[\"durable-leases\",\"groups\",\"peek\",\"priority\",\"reschedule\"]}]}");
  }
}
