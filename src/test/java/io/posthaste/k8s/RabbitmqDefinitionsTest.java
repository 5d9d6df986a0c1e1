package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What definitions.json brings into the cluster, and that it is what RabbitMQ reads. */
class RabbitmqDefinitionsTest {
  private static final Broker BROKER = Broker.of("rabbitmq");
  private static final SettingsFile CONF = SettingsFile.rabbitmq(BROKER.file("rabbitmq.conf"));

  private static final String JSON = BROKER.file("definitions.json");
  private final RabbitmqDefinitions definitions = RabbitmqDefinitions.parse(JSON);

  @Test
  void users_are_refused() {
    assertThatThrownBy(() -> RabbitmqDefinitions.parse(JSON.replaceFirst("\\{", "{\"users\":[],")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("users");
  }

  @Test
  void everything_is_of_the_one_virtual_host() {
    var vhost = definitions.vhosts().getFirst();

    assertThat(definitions.vhosts()).hasSize(1);
    assertThat(vhost.default_queue_type()).isEqualTo(CONF.get("default_queue_type"));
    assertThat(definitions.parameters()).allMatch(it -> it.vhost().equals(vhost.name()));
    assertThat(definitions.policies()).allMatch(it -> it.vhost().equals(vhost.name()));
  }

  @Test
  void virtual_host_has_limits_and_bounds() {
    assertThat(definitions.parameters())
        .extracting(it -> it.component() + " " + it.name())
        .containsExactly("vhost-limits limits", "operator_policy bounds");
    assertThat(definitions.parameters().getFirst().value().keySet())
        .containsExactlyInAnyOrder("max-connections", "max-queues");
  }

  /** A length limit without it would drop the oldest messages. */
  @Test
  void full_queue_refuses_rather_than_forgets() {
    assertThat(definitions.policies())
        .singleElement()
        .satisfies(it -> assertThat(it.pattern()).isEqualTo(".*"))
        .satisfies(it -> assertThat(it.applyTo()).isEqualTo("quorum_queues"))
        .satisfies(
            it -> assertThat(it.definition()).hasToString("{\"overflow\":\"reject-publish\"}"));
  }

  @Test
  void bounds_are_such_as_an_operator_may_set_and_fit_the_volume() {
    assertThat(bounds().pattern()).isEqualTo(".*");
    assertThat(bounds().applyTo()).isEqualTo("quorum_queues");
    assertThat(bounds().definition().keySet())
        .containsExactlyInAnyOrder("max-length", "max-length-bytes", "delivery-limit");
    assertThat(bounds().definition().get("max-length-bytes").getAsLong())
        .isLessThan((BROKER.claimedStorage() - CONF.bytes("disk_free_limit.absolute")) / 2);
  }

  /** The smaller one counts, and Posthaste declares this: a lower one would cut its attempts. */
  @Test
  void delivery_limit_is_a_high_safety_net_only() {
    assertThat(bounds().definition().get("delivery-limit").getAsInt())
        .isGreaterThanOrEqualTo(10_000);
  }

  private RabbitmqDefinitions.OperatorPolicy bounds() {
    return definitions.only("operator_policy", RabbitmqDefinitions.OperatorPolicy.class);
  }
}
