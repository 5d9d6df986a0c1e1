package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Probe;
import org.junit.jupiter.api.Test;

/** The one Redis keeps what it has answered, and never forgets messages for want of memory. */
class RedisManifestsTest {
  private static final int MINUTE = 60;

  private final Broker broker = Broker.of("redis");
  private final SettingsFile conf = SettingsFile.redis(broker.file("redis.conf"));

  /** Those that are looked at below: what is misspelt is not among them. */
  @Test
  void has_known_settings_only() {
    assertThat(conf.names())
        .containsExactlyInAnyOrder(
            "bind",
            "port",
            "protected-mode",
            "aclfile",
            "tcp-keepalive",
            "timeout",
            "dir",
            "appendonly",
            "appendfsync",
            "no-appendfsync-on-rewrite",
            "aof-load-truncated",
            "auto-aof-rewrite-percentage",
            "auto-aof-rewrite-min-size",
            "save",
            "maxmemory",
            "maxmemory-policy");
  }

  @Test
  void answers_when_it_is_on_disk() {
    assertThat(conf.get("appendonly")).isEqualTo("yes");
    assertThat(conf.get("appendfsync")).isEqualTo("always");
    assertThat(conf.get("no-appendfsync-on-rewrite")).isEqualTo("no");
    assertThat(conf.get("aof-load-truncated")).isEqualTo("yes");
    assertThat(conf.get("save")).isEqualTo("\"\"");
    assertThat(broker.mount("data").getMountPath()).isEqualTo(conf.get("dir"));
  }

  @Test
  void log_is_written_anew_before_it_fills_the_volume() {
    assertThat(conf.number("auto-aof-rewrite-percentage")).isBetween(50, 100);
    assertThat(conf.bytes("auto-aof-rewrite-min-size")).isLessThan(conf.bytes("maxmemory"));
    // The old log at twice its size, the new one, and what is written meanwhile
    assertThat(broker.claimedStorage()).isGreaterThan(5 * conf.bytes("maxmemory"));
  }

  @Test
  void never_evicts_and_leaves_memory_for_the_rewriting() {
    assertThat(conf.get("maxmemory-policy")).isEqualTo("noeviction");
    assertThat(2 * conf.bytes("maxmemory")).isLessThanOrEqualTo(broker.memoryLimit());
  }

  @Test
  void listens_on_the_port_of_the_container_for_users_from_the_secret() {
    assertThat(conf.get("bind")).isEqualTo("* -::*");
    assertThat(conf.number("port")).isEqualTo(broker.port("redis"));
    assertThat(conf.get("aclfile")).isEqualTo(broker.mount("users").getMountPath() + "/users.acl");
    assertThat(Guide.read().secrets().get("redis-users")).containsExactly("users.acl");
    assertThat(conf.get("protected-mode")).isEqualTo("no");
    assertThat(conf.number("timeout")).isZero();
    assertThat(conf.number("tcp-keepalive")).isBetween(1, 300);
    assertThat(broker.container().getCommand().getLast())
        .isEqualTo(broker.mount("config").getMountPath());
  }

  @Test
  void is_one_that_node_drains_may_evict() {
    assertThat(broker.set().getReplicas()).isEqualTo(1);
    assertThat(broker.objects().all(V1PodDisruptionBudget.class)).isEmpty();
  }

  @Test
  void is_not_restarted_while_it_reads_its_log() {
    V1Probe startup = broker.container().getStartupProbe();

    assertThat(startup.getPeriodSeconds() * startup.getFailureThreshold())
        .isGreaterThanOrEqualTo(10 * MINUTE);
    assertProbe(startup);
    assertProbe(broker.container().getReadinessProbe());
    assertProbe(broker.container().getLivenessProbe());
    assertThat(broker.container().getLivenessProbe().getFailureThreshold()).isGreaterThan(3);
  }

  @Test
  void speaks_to_nobody_by_itself() {
    assertThat(broker.objects().only(V1NetworkPolicy.class).getSpec().getEgress()).isNullOrEmpty();
  }

  private static void assertProbe(V1Probe probe) {
    assertThat(probe.getExec().getCommand())
        .containsExactly("/bin/sh", "-c", "test \"$(valkey-cli ping)\" = PONG");
    assertThat(probe.getTimeoutSeconds()).isLessThanOrEqualTo(probe.getPeriodSeconds());
  }
}
