package io.posthaste.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import io.posthaste.provider.rabbitmq.RabbitForTests;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AckLineTest {
  private static final String QUEUE = "acks-" + Long.toString(System.nanoTime(), 36);

  private final List<Runnable> tasks = new ArrayList<>();
  private Connection connection;
  private Channel channel;

  @BeforeEach
  void receiveTen() throws Exception {
    connection = RabbitForTests.connect();
    channel = connection.createChannel();
    channel.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
    channel.queuePurge(QUEUE);
    channel.confirmSelect();
    for (int i = 1; i <= 10; i++) {
      channel.basicPublish(
          "", QUEUE, new BasicProperties(), Integer.toString(i).getBytes(StandardCharsets.UTF_8));
    }
    channel.waitForConfirmsOrDie(5_000);
    for (int i = 1; i <= 10; i++) {
      assertThat(channel.basicGet(QUEUE, false).getEnvelope().getDeliveryTag()).isEqualTo(i);
    }
  }

  @AfterEach
  void remove() throws Exception {
    try (Connection again = connection.isOpen() ? connection : null) {
      if (again != null) {
        again.createChannel().queueDelete(QUEUE);
      }
    }
  }

  private void ack(AckLine acks, int... tags) {
    List<CompletionStage<Void>> all = new ArrayList<>();
    for (int tag : tags) {
      all.add(acks.ack(tag).subscribeAsCompletionStage());
    }
    List.copyOf(tasks).forEach(Runnable::run);
    tasks.clear();
    all.forEach(it -> assertThat(it.toCompletableFuture()).isCompleted());
  }

  private List<String> left() throws Exception {
    channel.close();
    List<String> left = new ArrayList<>();
    try (Channel other = connection.createChannel()) {
      Awaitility.await()
          .pollDelay(java.time.Duration.ofMillis(200))
          .until(
              () -> {
                GetResponse got = other.basicGet(QUEUE, true);
                if (got != null) {
                  left.add(new String(got.getBody(), StandardCharsets.UTF_8));
                }
                return got == null;
              });
    }
    return left;
  }

  @Test
  void acks_nothing_but_what_it_is_told() throws Exception {
    AckLine acks = new AckLine(channel, tasks::add);

    ack(acks, 3, 1, 2, 5);
    ack(acks, 7, 8);
    ack(acks, 4);
    assertThat(channel.isOpen()).isTrue();

    assertThat(left()).containsExactlyInAnyOrder("6", "9", "10");
  }

  @Test
  void ack_after_the_end_of_its_channel_is_none_and_ends_all_the_same() throws Exception {
    AckLine acks = new AckLine(channel, tasks::add);
    ack(acks, 1);
    channel.close();

    ack(acks, 2, 3);

    assertThat(acks.isOpen()).isFalse();
    channel = connection.createChannel();
    assertThat(left()).hasSize(9).doesNotContain("1");
  }
}
