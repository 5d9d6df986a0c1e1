package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The RabbitMQ cluster finds together, stays together, and stops without a loss. */
class RabbitmqClusterTest {
  private static final Broker BROKER = Broker.of("rabbitmq");
  private static final SettingsFile CONF = SettingsFile.rabbitmq(BROKER.file("rabbitmq.conf"));
  private static final int MINUTE = 60;

  @Test
  void is_three_nodes_that_start_together() {
    assertThat(BROKER.set().getReplicas()).isEqualTo(3);
    assertThat(BROKER.set().getPodManagementPolicy()).isEqualTo("Parallel");
    assertThat(CONF.number("cluster_formation.target_cluster_size_hint")).isEqualTo(3);
    assertThat(CONF.get("cluster_partition_handling")).isEqualTo("pause_minority");
  }

  /** Before RabbitMQ 4.1, the plugin would want a Role and a token. */
  @Test
  void finds_itself_without_the_kubernetes_api() {
    String version = BROKER.container().getImage().replaceFirst(".*:", "");

    assertThat(CONF.get("cluster_formation.peer_discovery_backend")).isEqualTo("k8s");
    assertThat(BROKER.file("enabled_plugins")).contains("rabbitmq_peer_discovery_k8s");
    assertThat(version).matches("4\\.[1-9]\\d*\\..*");
  }

  @Test
  void nodes_bear_the_names_that_the_headless_service_gives_them() {
    V1Service nodes = BROKER.service(BROKER.set().getServiceName());
    List<V1EnvVar> env = BROKER.container().getEnv();
    Map<String, String> fields =
        env.stream()
            .filter(it -> it.getValueFrom() != null)
            .collect(
                Collectors.toMap(
                    V1EnvVar::getName, it -> it.getValueFrom().getFieldRef().getFieldPath()));

    assertThat(nodes.getSpec().getClusterIP()).isEqualTo("None");
    assertThat(nodes.getSpec().getPublishNotReadyAddresses()).isTrue();
    assertThat(fields)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("POD_NAME", "metadata.name", "POD_NAMESPACE", "metadata.namespace"));
    assertThat(env.getLast().getName()).isEqualTo("RABBITMQ_NODENAME");
    assertThat(env.getLast().getValue())
        .isEqualTo(
            "rabbit@$(POD_NAME).%s.$(POD_NAMESPACE)".formatted(nodes.getMetadata().getName()));
    assertThat(env).contains(new V1EnvVar().name("RABBITMQ_USE_LONGNAME").value("true"));
  }

  @Test
  void no_two_nodes_share_a_machine() {
    assertThat(
            BROKER
                .pod()
                .getAffinity()
                .getPodAntiAffinity()
                .getRequiredDuringSchedulingIgnoredDuringExecution())
        .singleElement()
        .satisfies(it -> assertThat(it.getTopologyKey()).isEqualTo("kubernetes.io/hostname"));
    assertThat(BROKER.pod().getTopologySpreadConstraints())
        .singleElement()
        .satisfies(it -> assertThat(it.getTopologyKey()).isEqualTo("topology.kubernetes.io/zone"))
        .satisfies(it -> assertThat(it.getWhenUnsatisfiable()).isEqualTo("ScheduleAnyway"));
  }

  @Test
  void disruptions_leave_a_quorum() {
    var budget = BROKER.objects().only(V1PodDisruptionBudget.class).getSpec();

    assertThat(budget.getMaxUnavailable()).isEqualTo(new IntOrString(1));
    assertThat(budget.getMinAvailable()).isNull();
    assertThat(budget.getUnhealthyPodEvictionPolicy()).isEqualTo("IfHealthyBudget");
  }

  @Test
  void node_is_ready_with_its_amqp_listener_and_never_restarted_for_being_slow() {
    assertThat(BROKER.container().getReadinessProbe().getTcpSocket().getPort())
        .isEqualTo(new IntOrString("amqps"));
    assertThat(BROKER.container().getLivenessProbe()).isNull();
    assertThat(BROKER.container().getStartupProbe()).isNull();
  }

  @Test
  void node_that_stops_has_time_to_hand_over() {
    String hook =
        String.join(" ", BROKER.container().getLifecycle().getPreStop().getExec().getCommand());
    int handingOver =
        Pattern.compile("--timeout (\\d+)")
            .matcher(hook)
            .results()
            .mapToInt(it -> Integer.parseInt(it.group(1)))
            .sum();

    assertThat(hook)
        .contains("rabbitmq-upgrade await_online_quorum_plus_one --timeout")
        .contains("rabbitmq-upgrade drain --timeout");
    assertThat(BROKER.pod().getTerminationGracePeriodSeconds())
        .isGreaterThanOrEqualTo(handingOver + MINUTE);
  }

  @Test
  void cookie_is_readable_to_its_owner_alone() {
    var cookie = BROKER.pod().getInitContainers().getFirst();

    assertThat(cookie.getCommand())
        .containsSequence("install", "--mode=0400")
        .endsWith("/var/lib/rabbitmq/.erlang.cookie");
    assertThat(Guide.read().secrets().get("rabbitmq-erlang-cookie"))
        .containsExactly(cookie.getCommand().get(2).replaceFirst(".*/", ""));
    assertThat(cookie.getVolumeMounts())
        .anySatisfy(
            it -> assertThat(cookie.getCommand().get(2)).startsWith(it.getMountPath() + "/"));
  }
}
