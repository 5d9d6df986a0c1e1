package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Delivery;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A broker that is killed, silenced and brought back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitDownTest {
  /** In which a caller is promised an answer, whatever happens. */
  private static final Duration PROMISED = Duration.ofSeconds(5);

  /** In which a broker that has come back is served again. */
  private static final Duration BACK = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private RabbitNode node;
  private RabbitReplica replica;
  private Queue queue;

  @BeforeAll
  void start() {
    node =
        RabbitNode.launch("down", Path.of("target/rabbit-down"), RabbitNode.Cluster.fresh())
            .awaitRunning();
    replica = new RabbitReplica(vertx, FreshDatabase.create(), node.url(), new SettableClock());
    queue = replica.define("down");
    send();
    // RabbitMQ 3.10 may leave a queue without a leader that was made just before a kill -9
    node.control("rabbitmqctl", "stop_app");
    node.control("rabbitmqctl", "start_app");
    awaitServed();
  }

  @AfterAll
  void stop() {
    replica.close();
    node.close();
    vertx.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(PROMISED);
  }

  private List<Delivery> receive(int max) {
    return receive(queue, max);
  }

  private List<Delivery> receive(Queue queue, int max) {
    return await(
        replica
            .provider()
            .receive(queue, new ReceiveRequest(max, Duration.ofMinutes(5), Duration.ZERO)));
  }

  private void send() {
    send(queue);
  }

  private void send(Queue queue) {
    assertThat(await(replica.provider().send(queue, List.of(aMessage().build()))).getFirst())
        .isInstanceOf(SendOutcome.Stored.class);
  }

  private void awaitServed() {
    Awaitility.await().atMost(BACK).ignoreExceptions().untilAsserted(() -> send());
  }

  private Delivery awaitReceived() {
    List<Delivery> received = new ArrayList<>();
    Awaitility.await().atMost(BACK).ignoreExceptions().until(() -> received.addAll(receive(1)));
    return received.getFirst();
  }

  @Test
  void queue_that_is_broken_at_the_broker_ends_the_leases_of_others_once_at_most() {
    Queue broken = replica.define("broken");
    send(broken);
    quorumMember("stop_server", broken);
    assertThatThrownBy(() -> receive(broken, 1)).isInstanceOf(RuntimeException.class);
    send();
    Delivery held = awaitReceived();

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> receive(broken, 1)).isInstanceOf(ProviderUnavailable.class);
      assertThatThrownBy(() -> await(replica.provider().purge(broken)))
          .isInstanceOf(ProviderUnavailable.class);
    }

    assertThat(await(replica.provider().settle(queue, List.of(new Settlement.Ack(held.receipt())))))
        .containsExactly(Outcome.ACKED);
    quorumMember("restart_server", broken);
    List<Delivery> received = new ArrayList<>();
    Awaitility.await()
        .atMost(BACK)
        .ignoreExceptions()
        .until(() -> received.addAll(receive(broken, 1)));
  }

  /** Does something to the process that holds a queue's messages. */
  private void quorumMember(String function, Queue queue) {
    String member = "{binary_to_atom(<<\"%%2F_%s\">>, utf8), node()}".formatted(queue.name());
    node.control("rabbitmqctl", "eval", "ra:%s(quorum_queues, %s).".formatted(function, member));
  }

  @Test
  void broker_that_is_killed_is_a_failure_in_time_and_served_again_when_it_is_back() {
    send();
    Delivery held = awaitReceived();

    node.kill();

    Awaitility.await()
        .atMost(PROMISED)
        .untilAsserted(() -> assertThat(await(replica.provider().reachable())).isFalse());
    assertThatThrownBy(() -> send()).isInstanceOf(ProviderUnavailable.class);
    assertThatThrownBy(() -> receive(1)).isInstanceOf(ProviderUnavailable.class);
    assertThatThrownBy(() -> await(replica.provider().stats(queue)))
        .isInstanceOf(ProviderUnavailable.class);

    node.restart();

    awaitServed();
    assertThat(await(replica.provider().settle(queue, List.of(new Settlement.Ack(held.receipt())))))
        .containsExactly(Outcome.LEASE_LOST);
    List<Delivery> again = new ArrayList<>();
    Awaitility.await()
        .atMost(BACK)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              again.addAll(receive(100));
              assertThat(again)
                  .anySatisfy(
                      delivery -> {
                        assertThat(delivery.message().id()).isEqualTo(held.message().id());
                        assertThat(delivery.attempt()).isEqualTo(2);
                      });
            });
  }

  @Test
  void broker_that_falls_silent_is_a_failure_in_time_and_served_again() {
    send();
    long connects = connects();

    node.signal("STOP");
    try {
      assertThatThrownBy(() -> send())
          .isInstanceOfAny(ProviderUnavailable.class, OutcomeUnknown.class);
      assertThatThrownBy(() -> receive(1))
          .isInstanceOfAny(ProviderUnavailable.class, OutcomeUnknown.class);
    } finally {
      node.signal("CONT");
    }

    awaitServed();
    awaitReceived();
    // It might have stayed so for ever, by that connection
    assertThat(connects()).isGreaterThan(connects);
  }

  private long connects() {
    return replica.engine().publisher().link().connects();
  }

  @Test
  void full_broker_is_a_failure_at_once_and_takes_messages_when_it_has_room() {
    send();

    node.control("rabbitmqctl", "set_vm_memory_high_watermark", "absolute", "1MB");
    try {
      // The first to publish makes the broker say so
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThatThrownBy(() -> send()).isInstanceOf(ProviderUnavailable.class));
      long began = System.nanoTime();
      assertThatThrownBy(() -> send()).isInstanceOf(ProviderUnavailable.class);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
      assertThat(await(replica.provider().reachable())).isTrue();
      assertThat(replica.provider().takesMessages()).isFalse();
      awaitReceived();
    } finally {
      node.control("rabbitmqctl", "set_vm_memory_high_watermark", "absolute", "512MB");
    }

    awaitServed();
    assertThat(replica.provider().takesMessages()).isTrue();
  }
}
