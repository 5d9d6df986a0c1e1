package io.posthaste.telemetry;

import io.posthaste.queue.ProviderSetup;
import io.posthaste.queue.Providers;
import io.posthaste.queue.QueueProvider;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready while the database answers, which holds queues, policies and dead letters. Shows every
 * provider that is turned on; one that is down takes its own queues down, and not the pod.
 */
@Readiness
@ApplicationScoped
class ProviderCheck implements AsyncHealthCheck {
  private final Providers providers;

  ProviderCheck(Providers providers) {
    this.providers = providers;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    List<ProviderSetup> on =
        providers.known().stream().filter(setup -> setup.provider().isPresent()).toList();
    return Uni.join()
        .all(on.stream().map(setup -> reachable(setup.provider().orElseThrow())).toList())
        .andFailFast()
        .map(reachable -> response(on, reachable));
  }

  private static Uni<Boolean> reachable(QueueProvider provider) {
    return provider.reachable().onFailure().recoverWithItem(false);
  }

  private static String state(ProviderSetup setup, boolean reachable) {
    if (!reachable) {
      return "down";
    }
    return setup.provider().orElseThrow().takesMessages() ? "up" : "blocked";
  }

  private static HealthCheckResponse response(List<ProviderSetup> on, List<Boolean> reachable) {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("providers");
    boolean ready = true;
    for (int i = 0; i < on.size(); i++) {
      response.withData(on.get(i).name(), state(on.get(i), reachable.get(i)));
      ready &= reachable.get(i) || !(on.get(i) instanceof ProviderSetup.Essential);
    }
    return response.status(ready).build();
  }
}
