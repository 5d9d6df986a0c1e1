package io.posthaste.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.posthaste.ServiceProcess;
import io.posthaste.database.EmbeddedServer;
import io.posthaste.database.SharedPrograms;
import io.posthaste.database.SqlSession;
import io.posthaste.provider.CertificatesForTests;
import io.posthaste.provider.rabbitmq.RabbitNode;
import io.posthaste.rest.Client;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was published and confirmed is stored, whatever is away, or killed, meanwhile. The service
 * takes it from the broker over TLS.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class IntakeIT {
  private static final int MANY = 10_000;
  private static final Duration BACK = Duration.ofSeconds(60);

  private Path data;
  private RabbitNode broker;
  private String tlsUrl;
  private EmbeddedServer database;
  private String queue;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    data = folder;
    CertificatesForTests certificates =
        CertificatesForTests.in(Path.of("target/rabbit-intake-tls").toAbsolutePath());
    int tlsPort = RabbitNode.freePort();
    tlsUrl =
        "amqps://guest:guest@localhost:%d/%%2f?cacertfile=%s"
            .formatted(tlsPort, certificates.authority());
    broker =
        RabbitNode.launch(
            "intake",
            Path.of("target/rabbit-intake"),
            RabbitNode.Cluster.fresh(),
            "listeners.ssl.default = 127.0.0.1:" + tlsPort,
            "ssl_options.cacertfile = " + certificates.authority(),
            "ssl_options.certfile = " + certificates.certificate(),
            "ssl_options.keyfile = " + certificates.key(),
            "ssl_options.verify = verify_none");
    database = SharedPrograms.in(data).start();
    broker.awaitRunning();
    try (Connection connection = connect()) {
      IntakeTopology.declare(connection.createChannel());
    }
    // RabbitMQ 3.10 may leave a queue without a leader that was made just before a kill -9
    broker.control("rabbitmqctl", "stop_app");
    broker.control("rabbitmqctl", "start_app");
  }

  @AfterAll
  void stop() {
    database.close();
    broker.close();
  }

  @BeforeEach
  void name() {
    queue = "in-" + UUID.randomUUID();
  }

  @AfterEach
  void drain() throws Exception {
    try (Connection connection = connect()) {
      Channel channel = connection.createChannel();
      assertThat(channel.messageCount("posthaste.rejected")).isZero();
    }
  }

  private ServiceProcess service() {
    return ServiceProcess.start(
        Map.of("POSTHASTE_DATABASE_URL", database.url(), "POSTHASTE_RABBITMQ_URL", tlsUrl));
  }

  private void define(ServiceProcess service) {
    Client client = new Client(service.uri("/"));
    Awaitility.await()
        .atMost(BACK)
        .until(() -> client.put("/v1/queues/" + queue, "{}").status() < 300);
  }

  private Connection connect() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(broker.url());
    return factory.newConnection();
  }

  /** Publishes so many, half of them with ids of their own, and waits until all are confirmed. */
  private void publish(int from, int count) throws Exception {
    try (Connection connection = connect()) {
      Channel channel = connection.createChannel();
      channel.confirmSelect();
      for (int i = from; i < from + count; i++) {
        channel.basicPublish(
            "posthaste",
            "a.b",
            true,
            new BasicProperties.Builder()
                .contentType("application/json")
                .deliveryMode(2)
                .messageId(i % 2 == 0 ? UUID.randomUUID().toString() : "number-" + i)
                .headers(Map.of("x-posthaste-queue", queue))
                .build(),
            Integer.toString(i).getBytes(StandardCharsets.UTF_8));
      }
      channel.waitForConfirmsOrDie(30_000);
    }
  }

  private long waiting() throws Exception {
    try (Connection connection = connect()) {
      return connection.createChannel().messageCount("posthaste.intake");
    }
  }

  private record Rows(long all, long distinct) {}

  private Rows stored() {
    String counts =
        SqlSession.at(database.url())
            .query(
                """
                SELECT count(*) || ' ' || count(DISTINCT m.payload) FROM message m
                  JOIN queue q ON q.id = m.queue WHERE q.name = '%s'
                """
                    .formatted(queue));
    String[] both = counts.split(" ");
    return new Rows(Long.parseLong(both[0]), Long.parseLong(both[1]));
  }

  private void awaitStored(int count) {
    Awaitility.await()
        .atMost(BACK)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(stored().distinct()).isEqualTo(count));
    Awaitility.await().atMost(BACK).untilAsserted(() -> assertThat(waiting()).isZero());
  }

  @Test
  void messages_published_while_the_database_is_down_are_stored_after_it_is_back()
      throws Exception {
    try (ServiceProcess service = service().awaitReady()) {
      define(service);
      publish(0, 100);
      awaitStored(100);

      database.close();
      publish(100, MANY);
      Client client = new Client(service.uri("/"));
      Awaitility.await()
          .atMost(BACK)
          .untilAsserted(
              () ->
                  assertThat(client.get("/q/metrics").text())
                      .containsPattern("posthaste_intake_retries_total [1-9]"));
      // Acked early is what would be missing here: all but the prefetch wait at the broker
      assertThat(client.get("/q/metrics").text()).contains("posthaste_intake_accepted_total 100.0");
      Awaitility.await().untilAsserted(() -> assertThat(waiting()).isEqualTo(MANY - 256));
      database = SharedPrograms.in(data).start();

      awaitStored(100 + MANY);
    }
  }

  @Test
  void messages_survive_a_service_that_is_killed_in_the_middle() throws Exception {
    ServiceProcess first = service().awaitReady();
    define(first);

    Thread killer =
        Thread.startVirtualThread(
            () -> {
              Awaitility.await()
                  .pollInterval(Duration.ofMillis(20))
                  .until(() -> stored().all() > 500);
              first.kill();
            });
    publish(0, MANY);
    killer.join();

    try (ServiceProcess second = service().awaitReady()) {
      awaitStored(MANY);
      // What was stored and not yet acked may be there twice, but for those with ids of their own
      assertThat(stored().all()).isLessThanOrEqualTo(MANY + 512);
    }
  }

  @Test
  void messages_survive_a_broker_that_is_killed_and_comes_back() throws Exception {
    try (ServiceProcess service = service().awaitReady()) {
      define(service);
      publish(0, MANY);

      broker.kill();
      broker.restart();

      awaitStored(MANY);
      publish(MANY, 100);
      awaitStored(MANY + 100);
    }
  }

  @Test
  void service_is_ready_without_its_broker_and_takes_messages_once_it_is_there() throws Exception {
    broker.kill();
    boolean back = false;
    try (ServiceProcess service = service().awaitReady()) {
      define(service);

      broker.restart();
      back = true;

      Awaitility.await()
          .atMost(BACK)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                publish(0, 100);
                assertThat(stored().distinct()).isEqualTo(100);
              });
    } finally {
      if (!back) {
        broker.restart();
      }
    }
  }

  @Test
  void service_that_stops_has_acked_all_that_it_stored() throws Exception {
    try (ServiceProcess service = service().awaitReady()) {
      define(service);
      publish(0, 2_000);

      service.terminate();
      service.exitCode(Duration.ofSeconds(20));
    }
    long taken = stored().all();
    assertThat(stored().distinct()).isEqualTo(taken);
    assertThat(taken + waiting()).isEqualTo(2_000);
    try (ServiceProcess next = service().awaitReady()) {
      awaitStored(2_000);
      assertThat(stored().all()).isEqualTo(2_000);
    }
  }
}
