package io.posthaste.provider.redis;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The master behind sentinels is killed. */
final class RedisFailoverTest {
  private static final Duration BACK = Duration.ofSeconds(30);
  private static final Duration PROMISED = Duration.ofSeconds(5);

  private final Vertx vertx = Vertx.vertx();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable it : opened.reversed()) {
      it.close();
    }
    vertx.close();
  }

  private RedisServer opened(RedisServer server) {
    opened.add(server);
    return server;
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PROMISED);
  }

  @Test
  void what_was_replicated_is_served_by_the_new_master_within_thirty_seconds() {
    RedisServer master = opened(RedisServer.start("--appendonly", "yes"));
    RedisServer heir =
        opened(
            RedisServer.start(
                "--appendonly", "yes", "--replicaof", "127.0.0.1", "" + master.port()));
    RedisServer sentinel = opened(RedisServer.sentinelOf(master));
    Awaitility.await()
        .atMost(BACK)
        .until(
            () ->
                sentinel
                    .call(Command.SENTINEL, "REPLICAS", "main")
                    .toString()
                    .matches("(?s).*master-link-status\\W+ok.*"));
    RedisReplica replica =
        new RedisReplica(
            vertx,
            RedisUrl.parse("redis://127.0.0.1:" + sentinel.port() + "?sentinel=main"),
            FreshDatabase.create(),
            () -> 0);
    opened.add(replica::close);
    Queue queue =
        ((Defined.Created)
                await(
                    replica
                        .queues()
                        .define(
                            new QueueName("moved"), RedisQueueProvider.NAME, QueuePolicy.DEFAULT)))
            .queue();
    MessageId before = send(replica, queue);
    MessageId held = send(replica, queue);
    Delivery first = receive(replica, queue).getFirst();
    master.call(Command.WAIT, "1", "5000");

    master.kill();

    Awaitility.await()
        .atMost(BACK)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(send(replica, queue)).isNotNull());
    assertThat(heir.call(Command.ROLE).get(0).toString()).isEqualTo("master");
    assertThat(first.message().id()).isEqualTo(before);
    assertThat(
            await(replica.provider().settle(queue, List.of(new Settlement.Ack(first.receipt())))))
        .containsExactly(Outcome.ACKED);
    assertThat(receive(replica, queue).getFirst().message().id()).isEqualTo(held);
  }

  private static MessageId send(RedisReplica replica, Queue queue) {
    return ((SendOutcome.Stored)
            await(replica.provider().send(queue, List.of(aMessage().build()))).getFirst())
        .id();
  }

  private static List<Delivery> receive(RedisReplica replica, Queue queue) {
    return await(
        replica
            .provider()
            .receive(queue, new ReceiveRequest(1, Duration.ofMinutes(5), Duration.ofSeconds(2))));
  }
}
