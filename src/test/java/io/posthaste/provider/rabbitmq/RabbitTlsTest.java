package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.broker.Link;
import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Delivery;
import io.posthaste.provider.CertificatesForTests;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A broker behind TLS with a private authority, whose user, password and virtual host hold what has
 * to be percent-encoded.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitTlsTest {
  private static final Duration PROMISED = Duration.ofSeconds(5);
  private static final String USER = "us%40er";
  private static final String PASSWORD = "p%40s%2Fs%3Fw%2Bx";
  private static final Path FOLDER = Path.of("target/rabbit-tls");

  private final Vertx vertx = Vertx.vertx();
  private final String database = FreshDatabase.create();
  private final int tlsPort = RabbitNode.freePort();
  private final int deadPort = RabbitNode.freePort();
  private final CertificatesForTests known =
      CertificatesForTests.in(FOLDER.resolveSibling("rabbit-tls-known").toAbsolutePath());
  private final CertificatesForTests stranger =
      CertificatesForTests.in(FOLDER.resolveSibling("rabbit-tls-stranger").toAbsolutePath());
  private RabbitNode node;

  @BeforeAll
  void start() {
    node =
        RabbitNode.launch(
                "tls",
                FOLDER,
                RabbitNode.Cluster.fresh(),
                "listeners.ssl.default = 127.0.0.1:" + tlsPort,
                "ssl_options.cacertfile = " + known.authority(),
                "ssl_options.certfile = " + known.certificate(),
                "ssl_options.keyfile = " + known.key(),
                "ssl_options.verify = verify_none",
                "ssl_options.fail_if_no_peer_cert = false",
                "default_user = us@er",
                "default_pass = p@s/s?w+x",
                "default_vhost = my/shop")
            .awaitRunning();
  }

  @AfterAll
  void stop() {
    node.close();
    vertx.close();
  }

  private String url(String password, String hosts, String vhost, CertificatesForTests trusted) {
    return "amqps://%s:%s@%s/%s?cacertfile=%s"
        .formatted(
            USER,
            password,
            hosts.replace("DEAD", "" + deadPort).replace("TLS", "" + tlsPort),
            vhost,
            trusted.authority());
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PROMISED);
  }

  @Test
  void messages_go_and_come_by_the_one_of_several_hosts_that_lives() {
    String url = url(PASSWORD, "localhost:DEAD,localhost:TLS,localhost:DEAD", "my%2Fshop", known);
    try (RabbitReplica replica = new RabbitReplica(vertx, database, url, new SettableClock())) {
      Awaitility.await().until(() -> await(replica.provider().reachable()));
      Queue queue =
          ((Defined.Created)
                  await(
                      replica
                          .queues()
                          .define(
                              new QueueName("private"),
                              RabbitQueueProvider.NAME,
                              QueuePolicy.DEFAULT)))
              .queue();

      assertThat(await(replica.provider().send(queue, List.of(aMessage().build()))))
          .hasOnlyElementsOfType(SendOutcome.Stored.class);
      Delivery delivery =
          await(
                  replica
                      .provider()
                      .receive(
                          queue,
                          new ReceiveRequest(1, Duration.ofMinutes(1), Duration.ofSeconds(4))))
              .getFirst();
      assertThat(
              await(
                  replica
                      .provider()
                      .settle(queue, List.of(new Settlement.Ack(delivery.receipt())))))
          .containsExactly(Outcome.ACKED);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "right|localhost:TLS|my%2Fshop|stranger|certificate",
        "right|127.0.0.1:TLS|my%2Fshop|known|certificate",
        "wrong-secret|localhost:TLS|my%2Fshop|known|refuses the user or its password",
        "right|localhost:TLS|elsewhere|known|virtual host",
      })
  void what_keeps_posthaste_out_is_said_once_and_without_the_password(
      String password, String hosts, String vhost, String trusted, String said) {
    String secret = password.equals("right") ? PASSWORD : password;
    String url = url(secret, hosts, vhost, trusted.equals("known") ? known : stranger);
    LinkLog log = new LinkLog();
    try (RabbitReplica replica = new RabbitReplica(vertx, database, url, new SettableClock())) {
      assertThat(await(replica.provider().reachable())).isFalse();
      assertThatThrownBy(
              () ->
                  await(
                      replica
                          .queues()
                          .define(
                              new QueueName("shut-out"),
                              RabbitQueueProvider.NAME,
                              QueuePolicy.DEFAULT)))
          .isInstanceOf(ProviderUnavailable.class);
    } finally {
      log.close();
    }
    assertThat(log.lines)
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .contains("cannot connect", said)
                    .doesNotContain(secret, "p@s/s?w+x"));
  }

  /** What the links say; there are two of a replica. */
  private static final class LinkLog extends Handler {
    private final Logger logger = Logger.getLogger(Link.class.getName());
    private final List<String> lines = new CopyOnWriteArrayList<>();

    LinkLog() {
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord line) {
      lines.add(
          line.getParameters() == null
              ? line.getMessage()
              : String.format(line.getMessage(), line.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }
}
