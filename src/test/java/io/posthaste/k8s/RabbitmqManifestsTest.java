package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The RabbitMQ cluster finds together, stays together, and keeps what it has confirmed. */
class RabbitmqManifestsTest {
  private static final Broker BROKER = Broker.of("rabbitmq");
  private static final SettingsFile CONF = SettingsFile.rabbitmq(BROKER.file("rabbitmq.conf"));
  private static final int MINUTE = 60;

  @Nested
  class Cluster {
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
      assertThat(plugins()).contains("rabbitmq_peer_discovery_k8s");
      assertThat(version).matches("4\\.[1-9]\\d*\\..*");
    }

    @Test
    void nodes_bear_the_names_that_the_headless_service_gives_them() {
      V1Service nodes = service(BROKER.set().getServiceName());
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

  @Nested
  class Conf {
    /** Those that are looked at below or in {@link Cluster}: what is misspelt is not among them. */
    @Test
    void has_known_settings_only() {
      assertThat(CONF.names())
          .containsExactlyInAnyOrder(
              "cluster_name",
              "cluster_formation.peer_discovery_backend",
              "cluster_formation.target_cluster_size_hint",
              "cluster_partition_handling",
              "default_queue_type",
              "queue_leader_locator",
              "quorum_queue.continuous_membership_reconciliation.enabled",
              "quorum_queue.continuous_membership_reconciliation.target_group_size",
              "listeners.tcp",
              "listeners.ssl.default",
              "ssl_options.cacertfile",
              "ssl_options.certfile",
              "ssl_options.keyfile",
              "ssl_options.verify",
              "ssl_options.fail_if_no_peer_cert",
              "ssl_options.versions.1",
              "ssl_options.versions.2",
              "management.tcp.ip",
              "management.tcp.port",
              "prometheus.tcp.port",
              "total_memory_available_override_value",
              "vm_memory_high_watermark.relative",
              "raft.wal_max_size_bytes",
              "disk_free_limit.absolute",
              "consumer_timeout",
              "definitions.import_backend",
              "definitions.local.path",
              "definitions.skip_if_unchanged",
              "log.console",
              "log.console.level",
              "log.console.formatter",
              "log.file");
    }

    @Test
    void listens_on_the_ports_of_the_container_and_to_itself_on_others() {
      assertThat(CONF.get("listeners.tcp")).isEqualTo("none");
      assertThat(CONF.number("listeners.ssl.default")).isEqualTo(BROKER.port("amqps"));
      assertThat(CONF.number("prometheus.tcp.port")).isEqualTo(BROKER.port("prometheus"));
      assertThat(BROKER.port("epmd")).isEqualTo(4369);
      assertThat(BROKER.port("clustering")).isEqualTo(25672);
      assertThat(CONF.get("management.tcp.ip")).isEqualTo("127.0.0.1");
      assertThat(BROKER.container().getPorts())
          .extracting(it -> it.getContainerPort())
          .doesNotContain(CONF.number("management.tcp.port"));
      assertThat(service("rabbitmq").getSpec().getPorts())
          .extracting(it -> it.getName())
          .containsExactly("amqps");
    }

    @Test
    void plugins_are_a_list_in_erlang() {
      assertThat(BROKER.file("enabled_plugins")).matches("\\[[a-z0-9_]+(,[a-z0-9_]+)*]\\.\n");
      assertThat(plugins())
          .containsExactlyInAnyOrder(
              "rabbitmq_management", "rabbitmq_peer_discovery_k8s", "rabbitmq_prometheus");
    }

    @Test
    void tls_is_recent_and_from_the_mounted_certificate() {
      String mount = mount("tls").getMountPath();

      assertThat(Guide.read().secrets().get("rabbitmq-tls"))
          .containsExactlyInAnyOrder("ca.crt", "tls.crt", "tls.key");

      assertThat(List.of(CONF.get("ssl_options.cacertfile"), CONF.get("ssl_options.certfile")))
          .containsExactly(mount + "/ca.crt", mount + "/tls.crt");
      assertThat(CONF.get("ssl_options.keyfile")).isEqualTo(mount + "/tls.key");
      assertThat(List.of(CONF.get("ssl_options.versions.1"), CONF.get("ssl_options.versions.2")))
          .containsExactly("tlsv1.3", "tlsv1.2");
      assertThat(CONF.get("ssl_options.verify")).isEqualTo("verify_none");
      assertThat(CONF.get("ssl_options.fail_if_no_peer_cert")).isEqualTo("false");
    }

    @Test
    void memory_alarm_comes_before_the_containers_limit() {
      double available = CONF.bytes("total_memory_available_override_value");
      double watermark = Double.parseDouble(CONF.get("vm_memory_high_watermark.relative"));

      assertThat(available).isBetween(0.7 * BROKER.memoryLimit(), 0.8 * BROKER.memoryLimit());
      assertThat(watermark).isBetween(0.4, 0.7);
      assertThat(3 * CONF.bytes("raft.wal_max_size_bytes"))
          .isLessThan((long) (available * watermark));
    }

    @Test
    void disk_alarm_leaves_room_for_the_log_and_most_of_the_volume_for_messages() {
      assertThat(CONF.bytes("disk_free_limit.absolute"))
          .isBetween(8 * CONF.bytes("raft.wal_max_size_bytes"), BROKER.claimedStorage() / 5);
    }

    @Test
    void queues_are_quorum_queues_with_a_member_on_each_node() {
      String reconciliation = "quorum_queue.continuous_membership_reconciliation.";

      assertThat(CONF.get("default_queue_type")).isEqualTo("quorum");
      assertThat(CONF.get("queue_leader_locator")).isEqualTo("balanced");
      assertThat(CONF.get(reconciliation + "enabled")).isEqualTo("true");
      assertThat(CONF.number(reconciliation + "target_group_size"))
          .isEqualTo(BROKER.set().getReplicas());
    }

    @Test
    void consumer_timeout_is_the_one_in_the_guide() {
      int minutes = CONF.number("consumer_timeout") / 1000 / MINUTE;

      assertThat(Guide.read().says("`consumer_timeout`, " + minutes + " minutes")).isTrue();
    }

    @Test
    void definitions_are_plain_files_in_the_folder_that_it_reads() {
      assertThat(CONF.get("definitions.import_backend")).isEqualTo("local_filesystem");
      assertThat(CONF.get("definitions.skip_if_unchanged")).isEqualTo("true");
      assertThat(BROKER.container().getVolumeMounts())
          .filteredOn(it -> it.getMountPath().startsWith(CONF.get("definitions.local.path")))
          .extracting(V1VolumeMount::getSubPath)
          .containsExactly("definitions.json", "users.json");
    }

    @Test
    void logs_to_the_console_in_json() {
      assertThat(CONF.get("log.file")).isEqualTo("false");
      assertThat(CONF.get("log.console")).isEqualTo("true");
      assertThat(CONF.get("log.console.level")).isEqualTo("info");
      assertThat(CONF.get("log.console.formatter")).isEqualTo("json");
    }
  }

  @Nested
  class Definitions {
    private static final String JSON = BROKER.file("definitions.json");
    private final RabbitmqDefinitions definitions = RabbitmqDefinitions.parse(JSON);

    @Test
    void users_are_refused() {
      assertThatThrownBy(
              () -> RabbitmqDefinitions.parse(JSON.replaceFirst("\\{", "{\"users\":[],")))
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

  private static Set<String> plugins() {
    return Arrays.stream(BROKER.file("enabled_plugins").replaceAll("[\\[\\].\n]", "").split(","))
        .collect(Collectors.toSet());
  }

  private static V1Service service(String name) {
    return BROKER.objects().all(V1Service.class).stream()
        .filter(it -> it.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no service " + name));
  }

  private static V1VolumeMount mount(String volume) {
    return BROKER.container().getVolumeMounts().stream()
        .filter(it -> it.getName().equals(volume))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no mount of " + volume));
  }
}
