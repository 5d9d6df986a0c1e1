package io.posthaste.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ProvidersTest {
  private final ProviderSetup off =
      new ProviderSetup.Disabled("carrier", Set.of(Capability.PEEK), "POSTHASTE_CARRIER_URL");
  private final Providers providers = new Providers(List.of(off));

  @Test
  void provider_that_is_off_is_known_and_not_used() {
    assertThat(providers.known()).containsExactly(off);
    assertThat(providers.all()).isEmpty();
    assertThat(providers.find("pigeon")).isEmpty();
  }

  @Test
  void queue_of_a_provider_that_is_off_hears_which_setting_turns_it_on() {
    Queue queue =
        new Queue(
            1, new QueueName("q"), "carrier", QueuePolicy.DEFAULT, Instant.EPOCH, Instant.EPOCH);

    assertThatThrownBy(() -> providers.of(queue))
        .isInstanceOfSatisfying(
            ProviderDisabled.class,
            it -> {
              assertThat(it.provider()).isEqualTo("carrier");
              assertThat(it.setting()).isEqualTo("POSTHASTE_CARRIER_URL");
            });
  }

  @Test
  void queue_of_a_provider_that_is_off_cannot_be_defined() {
    Queues queues = new Queues(new EmptyStore(), providers);

    var defined = queues.define(new QueueName("q"), "carrier", QueuePolicy.DEFAULT);

    assertThatThrownBy(() -> defined.await().atMost(Duration.ofSeconds(1)))
        .isInstanceOf(ProviderDisabled.class);
  }

  private static final class EmptyStore extends UnusedStore {
    @Override
    public Uni<Optional<Queue>> find(QueueName name) {
      return Uni.createFrom().item(Optional.empty());
    }
  }
}
