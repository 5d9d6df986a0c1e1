package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class MigratedStartTest {

  @Inject Migration migration;

  @Test
  void schema_is_current_once_the_service_listens() {
    assertThat(migration.done()).isTrue();
    // The channels by which handovers are confirmed may be on their way
    Awaitility.await()
        .untilAsserted(() -> RestAssured.get("/q/health/ready").then().statusCode(200));
  }
}
