package io.posthaste.provider.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.provider.CertificatesForTests;
import io.posthaste.queue.ProviderUnavailable;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RedisLinkTest {
  private final Vertx vertx = Vertx.vertx();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable it : opened.reversed()) {
      it.close();
    }
    vertx.close();
  }

  private RedisServer server(String... settings) {
    RedisServer server = RedisServer.start(settings);
    opened.add(server);
    return server;
  }

  private RedisLink link(String url) {
    RedisLink link = new RedisLink(vertx, RedisUrl.parse(url), "test", _ -> {}, () -> {});
    opened.add(link::stop);
    link.start();
    return link;
  }

  private static void awaitUp(RedisLink link) {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(link::isUp);
  }

  private static String ask(RedisLink link, Command command, Object... words) throws Exception {
    return link.send(Request.cmd(command, words))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS)
        .toString();
  }

  @Test
  void sentinel_tells_where_the_master_is() throws Exception {
    RedisServer master = server("--appendonly", "yes");
    RedisServer sentinel = RedisServer.sentinelOf(master);
    opened.add(sentinel);

    RedisLink link = link("redis://127.0.0.1:" + sentinel.port() + "?sentinel=main");

    awaitUp(link);
    ask(link, Command.SET, "by", "sentinel");
    assertThat(master.call(Command.GET, "by").toString()).isEqualTo("sentinel");
  }

  @Test
  void server_that_accepts_and_stays_silent_is_tried_again() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      silent.setSoTimeout(20_000);
      RedisLink link = link("redis://127.0.0.1:" + silent.getLocalPort());

      try (Socket first = silent.accept();
          Socket second = silent.accept()) {
        assertThat(List.of(first, second)).allMatch(Socket::isConnected);
        assertThat(link.isUp()).isFalse();
      }
    }
  }

  @Test
  void password_opens_the_server() throws Exception {
    RedisServer server = server("--requirepass", "p:a@ss");

    RedisLink link = link("redis://:p%3Aa%40ss@127.0.0.1:" + server.port() + "/3");

    awaitUp(link);
    assertThat(ask(link, Command.CLIENT, "INFO")).contains(" db=3 ");
  }

  @Test
  void server_behind_tls_is_served_if_a_private_authority_vouches_for_it(@TempDir Path folder)
      throws Exception {
    CertificatesForTests known = CertificatesForTests.in(folder.resolve("known"));
    CertificatesForTests stranger = CertificatesForTests.in(folder.resolve("stranger"));
    int port = RedisServer.freePort();
    server(
        "--tls-port",
        "" + port,
        "--tls-auth-clients",
        "no",
        "--tls-ca-cert-file",
        known.authority().toString(),
        "--tls-cert-file",
        known.certificate().toString(),
        "--tls-key-file",
        known.key().toString());

    RedisLink right = link("rediss://localhost:" + port + "?cacertfile=" + known.authority());
    RedisLink distrusted =
        link("rediss://localhost:" + port + "?cacertfile=" + stranger.authority());
    RedisLink otherHost = link("rediss://127.0.0.1:" + port + "?cacertfile=" + known.authority());

    awaitUp(right);
    assertThat(ask(right, Command.PING)).isEqualTo("PONG");
    Awaitility.await()
        .during(Duration.ofSeconds(1))
        .until(() -> !distrusted.isUp() && !otherHost.isUp());
  }

  @Test
  void without_a_connection_commands_fail_at_once() {
    RedisServer server = server();
    server.kill();

    RedisLink link = link(server.url());

    assertThat(link.isUp()).isFalse();
    assertThatThrownBy(() -> ask(link, Command.PING))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(ProviderUnavailable.class);
  }

  @Test
  void connection_is_made_again_when_the_server_is_back() throws Exception {
    RedisServer server = server();
    RedisLink link = link(server.url());
    awaitUp(link);
    server.kill();
    Awaitility.await().until(() -> !link.isUp());

    server.startAgain();

    awaitUp(link);
    assertThat(ask(link, Command.PING)).isEqualTo("PONG");
  }
}
