package io.posthaste.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.queue.QueuesForTests;
import io.posthaste.queue.StubProvider;
import java.time.Duration;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

final class ProviderCheckTest {
  private final StubProvider one = new StubProvider("one");
  private final StubProvider two = new StubProvider("two");

  private HealthCheckResponse response() {
    return new ProviderCheck(QueuesForTests.providers(one, two))
        .call()
        .await()
        .atMost(Duration.ofSeconds(5));
  }

  @Test
  void each_provider_is_shown_as_it_is_and_takes_only_its_own_queues_down() {
    one.reachable(false);
    two.takesMessages(false);

    assertThat(response().getData()).contains(Map.of("one", "down", "two", "blocked"));
    assertThat(response().getStatus()).isEqualTo(Status.UP);

    one.reachable(true);
    two.takesMessages(true);

    assertThat(response().getData()).contains(Map.of("one", "up", "two", "up"));
  }
}
