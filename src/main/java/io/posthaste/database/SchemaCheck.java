package io.posthaste.database;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started once the schema is current. */
@Startup
@ApplicationScoped
class SchemaCheck implements HealthCheck {
  private final Migration migration;

  SchemaCheck(Migration migration) {
    this.migration = migration;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("schema").status(migration.done()).build();
  }
}
