package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Delivery;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Settlement;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a receive that waited leaves at the broker: decision 0010. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OpenConsumerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String NAME = "open-consumer";

  private final Vertx vertx = Vertx.vertx();
  private final Connection connection = RabbitForTests.connect();
  private RabbitReplica replica;
  private Queue queue;
  private Channel broker;

  @BeforeAll
  void start() throws IOException {
    replica =
        new RabbitReplica(vertx, FreshDatabase.create(), RabbitForTests.url(), new SettableClock());
    queue = replica.define(NAME);
    broker = connection.createChannel();
  }

  @AfterAll
  void stop() throws IOException {
    connection.close();
    replica.close();
    vertx.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PATIENCE);
  }

  private void send() {
    await(replica.provider().send(queue, List.of(aMessage().build())));
  }

  private CompletableFuture<List<Delivery>> receive() {
    return replica
        .provider()
        .receive(queue, new ReceiveRequest(1, Duration.ofMinutes(5), PATIENCE))
        .subscribeAsCompletionStage();
  }

  private void assertAtBroker(int consumers, int ready) {
    Awaitility.await()
        .untilAsserted(
            () -> {
              AMQP.Queue.DeclareOk state = broker.queueDeclarePassive(NAME);
              assertThat(state.getConsumerCount()).isEqualTo(consumers);
              assertThat(state.getMessageCount()).isEqualTo(ready);
            });
  }

  @Test
  void consumer_stays_with_its_message_and_takes_no_other() {
    CompletableFuture<List<Delivery>> waiting = receive();
    assertAtBroker(1, 0);
    send();
    Delivery first = waiting.orTimeout(10, TimeUnit.SECONDS).join().getFirst();
    send();
    assertAtBroker(1, 1);

    await(replica.provider().settle(queue, List.of(new Settlement.Ack(first.receipt()))));

    assertAtBroker(0, 1);
    Delivery second = receive().join().getFirst();
    await(replica.provider().settle(queue, List.of(new Settlement.Ack(second.receipt()))));
    assertAtBroker(0, 0);
  }
}
