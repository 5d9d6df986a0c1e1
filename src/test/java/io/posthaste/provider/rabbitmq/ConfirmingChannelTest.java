package io.posthaste.provider.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.wire.Outgoing;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ConfirmingChannelTest {
  private Connection connection;
  private Channel channel;
  private ConfirmingChannel confirming;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  @BeforeEach
  void open() throws Exception {
    connection = RabbitForTests.connect();
    channel = connection.createChannel();
    confirming =
        ConfirmingChannel.on(
            channel,
            (it, cause) -> {
              it.loseAll(cause);
              closed.complete(null);
            });
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
  }

  private Publishing publishing(String exchange, String key) {
    BasicProperties properties =
        new BasicProperties.Builder().messageId(UUID.randomUUID().toString()).build();
    Publishing publishing = new Publishing(new Outgoing(exchange, key, properties, new byte[] {1}));
    assertThat(publishing.write()).isTrue();
    return publishing;
  }

  @Test
  void answered_message_does_not_stay() throws Exception {
    Publishing publishing = publishing("", channel.queueDeclare().getQueue());

    confirming.write(publishing);

    assertThat(publishing.answer().get()).isEqualTo(Outgoing.Outcome.CONFIRMED);
    assertThat(confirming.unanswered()).isEmpty();
  }

  @Test
  void message_that_was_given_up_does_not_stay() throws Exception {
    Publishing publishing = publishing("", channel.queueDeclare().getQueue());
    publishing.giveUp();

    confirming.write(publishing);

    assertThat(confirming.unanswered()).isEmpty();
  }

  @Test
  void end_of_the_channel_is_told_and_loses_what_was_under_way() {
    Publishing publishing = publishing("no-such-exchange-" + UUID.randomUUID(), "");

    confirming.write(publishing);

    closed.join();
    assertThat(publishing.answer())
        .failsWithin(Duration.ofSeconds(5))
        .withThrowableThat()
        .withCauseInstanceOf(OutcomeUnknown.class);
    assertThat(confirming.isOpen()).isFalse();
  }
}
