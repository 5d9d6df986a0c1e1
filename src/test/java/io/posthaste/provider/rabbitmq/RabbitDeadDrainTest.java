package io.posthaste.provider.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.database.FreshDatabase;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.queue.Queue;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitDeadDrainTest {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Vertx vertx = Vertx.vertx();
  private final Connection connection = RabbitForTests.connect();
  private RabbitReplica replica;
  private Channel broker;

  @BeforeAll
  void start() throws IOException {
    replica =
        new RabbitReplica(vertx, FreshDatabase.create(), RabbitForTests.url(), new SettableClock());
    broker = connection.createChannel();
  }

  @AfterAll
  void stop() throws IOException {
    connection.close();
    replica.close();
    vertx.close();
  }

  @Test
  void drain_goes_on_when_somebody_deletes_its_queue_and_keeps_the_connection() throws IOException {
    long connects = replica.engine().links().get(1).connects();
    Queue queue = replica.define("drained");

    broker.queueDelete(Topology.DEAD);

    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              try (Channel look = connection.createChannel()) {
                return look.consumerCount(Topology.DEAD) > 0;
              }
            });
    broker.basicPublish(
        "", "drained", new BasicProperties.Builder().expiration("1").build(), new byte[] {1});
    DeadLetterFilter dead = DeadLetterFilter.ofQueue(queue.name().value());
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                StoresForTests.deadLetters(replica.pool()).count(dead).await().atMost(PATIENCE)
                    == 1);
    assertThat(replica.engine().links().get(1).connects()).isEqualTo(connects);
  }
}
