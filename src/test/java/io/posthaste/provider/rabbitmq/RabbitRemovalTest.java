package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.database.FreshDatabase;
import io.posthaste.database.SqlSession;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Queues whose removal was cut short, or that another replica is just removing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitRemovalTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Vertx vertx = Vertx.vertx();
  private final String database = FreshDatabase.create();
  private final Connection connection = RabbitForTests.connect();
  private RabbitReplica replica;

  @BeforeAll
  void start() {
    replica = new RabbitReplica(vertx, database, RabbitForTests.url(), new SettableClock());
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

  private SendOutcome send(Queue queue) {
    return await(replica.provider().send(queue, List.of(aMessage().build()))).getFirst();
  }

  private boolean isAtBroker(Queue queue) throws IOException, TimeoutException {
    try (Channel look = connection.createChannel()) {
      look.queueDeclarePassive(queue.name().value());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void deleteAtBroker(Queue queue) throws IOException, TimeoutException {
    try (Channel channel = connection.createChannel()) {
      channel.queueDelete(queue.name().value());
    }
  }

  @Test
  void queue_that_another_replica_has_removed_is_not_declared_again() throws Exception {
    Queue queue = replica.define("removed-elsewhere");
    await(replica.queues().get(queue.name()));
    // Without a word of it
    SqlSession.at(database).run("DELETE FROM queue WHERE id = " + queue.id());
    deleteAtBroker(queue);

    assertThat(send(queue)).isInstanceOf(SendOutcome.QueueChanged.class);
    assertThat(isAtBroker(queue)).isFalse();
  }

  @Test
  void queue_that_somebody_else_has_deleted_at_the_broker_is_declared_again() throws Exception {
    Queue queue = replica.define("lost-at-broker");
    deleteAtBroker(queue);

    assertThat(send(queue)).isInstanceOf(SendOutcome.Stored.class);
    assertThat(isAtBroker(queue)).isTrue();
  }
}
