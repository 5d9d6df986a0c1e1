package io.posthaste.provider.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisUrlTest {

  private static RedisOptions options(String url) {
    return RedisUrl.parse(url).options();
  }

  @Test
  void one_host_is_one_server() {
    assertThat(options("redis://user:p%3Ass@host:6390/2").getType())
        .isEqualTo(RedisClientType.STANDALONE);
    assertThat(options("redis://user:p%3Ass@host:6390/2").getEndpoints())
        .containsExactly("redis://user:p%3Ass@host:6390/2");
    assertThat(options("rediss://host").getEndpoints()).containsExactly("rediss://host:6379");
    assertThat(options("redis://[::1]:7000").getEndpoints()).containsExactly("redis://[::1]:7000");
  }

  @Test
  void sentinels_tell_who_is_master() {
    RedisOptions options = options("redis://:secret@a,b:26380/1?sentinel=main");

    assertThat(options.getType()).isEqualTo(RedisClientType.SENTINEL);
    assertThat(options.getMasterName()).isEqualTo("main");
    assertThat(options.getEndpoints())
        .containsExactly("redis://:secret@a:26379/1", "redis://:secret@b:26380/1");
  }

  @Test
  void cluster_is_known_by_some_of_its_hosts() {
    RedisOptions options = options("redis://a:7000,b:7001?cluster=true");

    assertThat(options.getType()).isEqualTo(RedisClientType.CLUSTER);
    assertThat(options.getEndpoints()).containsExactly("redis://a:7000", "redis://b:7001");
  }

  @Test
  void certificates_may_stand_beside_sentinels_and_clusters() {
    assertThat(options("rediss://a,b?sentinel=main&cacertfile=/ca.pem").getMasterName())
        .isEqualTo("main");
    assertThat(options("rediss://a?cacertfile=/ca.pem&cluster=true").getType())
        .isEqualTo(RedisClientType.CLUSTER);
    NetClientOptions net = new NetClientOptions();
    RedisUrl.parse("rediss://a?cacertfile=/ca.pem").secure(net);
    assertThat(net.getHostnameVerificationAlgorithm()).isEqualTo("HTTPS");
    assertThat(net.getPemTrustOptions().getCertPaths()).containsExactly("/ca.pem");
  }

  @Test
  void certificates_must_be_there_and_readable(@TempDir Path folder) throws IOException {
    Path none = folder.resolve("none.pem");
    Path wrong = Files.writeString(folder.resolve("wrong.pem"), "-----BEGIN CERTIFICATE-----\n");
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");

    for (Path file : new Path[] {none, wrong, empty}) {
      RedisUrl url = RedisUrl.parse("rediss://:secret@host?cacertfile=" + file);
      assertThatThrownBy(url::requireCertificates)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(file.getFileName().toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host:6379",
        "http://host",
        "redis://",
        "redis://user:secret@",
        "redis://secret@host",
        "redis://user:se cret@host",
        "redis://user:secret@host:99999",
        "redis://user:secret@host/database",
        "redis://user:secret@a,b",
        "redis://user:secret@a,,b?cluster=true",
        "redis://user:secret@a?cluster=yes",
        "redis://user:secret@a?cacertfile=/ca.pem",
        "rediss://user:secret@a?cluster=true&sentinel=main",
        "rediss://user:secret@a?cluster=true&",
        "redis://user:secret@a/1?cluster=true",
        "redis://user:secret@a?sentinel=",
      })
  void what_cannot_be_read_is_refused_by_a_sentence_without_the_secret(String url) {
    assertThatThrownBy(() -> RedisUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .message()
        .endsWith(".")
        .doesNotContain("cret");
  }

  @Test
  void text_of_an_address_keeps_the_secret() {
    assertThat(RedisUrl.parse("redis://user:secret@a,b?cluster=true")).hasToString("a,b");
  }
}
