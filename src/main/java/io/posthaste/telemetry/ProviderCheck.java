package io.posthaste.telemetry;

import io.posthaste.queue.Providers;
import io.posthaste.queue.QueueProvider;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while the database answers, which holds queues, policies and dead letters. */
@Readiness
@ApplicationScoped
class ProviderCheck implements AsyncHealthCheck {
  private final Providers providers;

  ProviderCheck(Providers providers) {
    this.providers = providers;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    return Uni.join()
        .all(providers.all().stream().map(QueueProvider::reachable).toList())
        .andFailFast()
        .map(
            reachable ->
                HealthCheckResponse.named("providers").status(!reachable.contains(false)).build());
  }
}
