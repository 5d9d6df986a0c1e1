package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.openapi.models.V1VolumeMount;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What rabbitmq.conf says fits the pod that it is mounted in. */
class RabbitmqConfTest {
  private static final Broker BROKER = Broker.of("rabbitmq");
  private static final SettingsFile CONF = SettingsFile.rabbitmq(BROKER.file("rabbitmq.conf"));
  private static final int MINUTE = 60;

  /**
   * Those that are looked at below or in {@link RabbitmqClusterTest}: what is misspelt is not among
   * them.
   */
  @Test
  void has_known_settings_only() {
    assertThat(CONF.names())
        .containsExactlyInAnyOrder(
            "cluster_name",
            "cluster_formation.peer_discovery_backend",
            "cluster_formation.target_cluster_size_hint",
            "cluster_partition_handling",
            "net_ticktime",
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
    assertThat(BROKER.service("rabbitmq").getSpec().getPorts())
        .extracting(it -> it.getName())
        .containsExactly("amqps");
  }

  /**
   * A node that pauses for some seconds is not cut off, and a silent one is not waited for long.
   */
  @Test
  void silent_node_is_given_up_within_half_a_minute() {
    assertThat(CONF.number("net_ticktime")).isBetween(15, 30);
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
    String mount = BROKER.mount("tls").getMountPath();

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

  private static Set<String> plugins() {
    return Arrays.stream(BROKER.file("enabled_plugins").replaceAll("[\\[\\].\n]", "").split(","))
        .collect(Collectors.toSet());
  }
}
