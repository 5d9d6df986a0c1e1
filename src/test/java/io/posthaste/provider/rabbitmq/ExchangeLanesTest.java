package io.posthaste.provider.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.broker.BrokerRefusal;
import io.posthaste.broker.Link;
import io.posthaste.broker.RabbitUrl;
import io.posthaste.wire.Outgoing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one message or exchange does wrong is told of it, and of no other. */
final class ExchangeLanesTest {
  private final Threads threads = new Threads();
  private final Link link =
      new Link("lanes-test", RabbitUrl.parse(RabbitForTests.url()), threads.virtual());
  private final Publisher publisher =
      new Publisher(link, new ExchangeLanes(link), threads, _ -> {});
  private Connection connection;
  private String sink;

  @BeforeEach
  void start() throws Exception {
    link.start();
    link.awaitFirstTry(Duration.ofSeconds(10));
    connection = RabbitForTests.connect();
    sink = connection.createChannel().queueDeclare().getQueue();
  }

  @AfterEach
  void stop() throws Exception {
    publisher.close();
    link.close();
    threads.close();
    connection.close();
  }

  private CompletableFuture<Outgoing.Outcome> publish(String exchange, String key, String user) {
    BasicProperties properties =
        new BasicProperties.Builder().messageId(UUID.randomUUID().toString()).userId(user).build();
    return publisher.publish(new Outgoing(exchange, key, properties, new byte[] {1}));
  }

  private CompletableFuture<Outgoing.Outcome> good() {
    return publish("", sink, null);
  }

  @Test
  void one_bad_message_among_many_is_found() throws Exception {
    List<CompletableFuture<Outgoing.Outcome>> good = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      good.add(good());
    }
    // The broker closes the channel over a user id that is not the connection's
    CompletableFuture<Outgoing.Outcome> bad = publish("", sink, "somebody-else");
    for (int i = 0; i < 20; i++) {
      good.add(good());
    }

    for (CompletableFuture<Outgoing.Outcome> one : good) {
      assertThat(one.get()).isEqualTo(Outgoing.Outcome.CONFIRMED);
    }
    assertThatThrownBy(bad::get)
        .hasCauseInstanceOf(BrokerRefusal.class)
        .hasMessageContaining("user_id");
    assertThat(publisher.underWay()).isZero();
  }

  @Test
  void missing_exchange_refuses_its_own_messages_until_it_is_there() throws Exception {
    String exchange = "lanes-" + UUID.randomUUID();
    List<CompletableFuture<Outgoing.Outcome>> lost = new ArrayList<>();
    List<CompletableFuture<Outgoing.Outcome>> good = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lost.add(publish(exchange, "a", null));
      good.add(good());
    }

    for (CompletableFuture<Outgoing.Outcome> one : lost) {
      assertThatThrownBy(one::get)
          .cause()
          .isInstanceOfSatisfying(
              BrokerRefusal.class,
              refusal -> assertThat(refusal.kind()).isEqualTo(BrokerRefusal.Kind.NOT_FOUND));
    }
    for (CompletableFuture<Outgoing.Outcome> one : good) {
      assertThat(one.get()).isEqualTo(Outgoing.Outcome.CONFIRMED);
    }

    Channel channel = connection.createChannel();
    channel.exchangeDeclare(exchange, "fanout", false, true, java.util.Map.of());
    channel.queueBind(sink, exchange, "");
    org.awaitility.Awaitility.await()
        .ignoreExceptions()
        .until(() -> publish(exchange, "a", null).get() == Outgoing.Outcome.CONFIRMED);
  }

  @Test
  void unroutable_message_says_so_and_its_neighbour_does_not() throws Exception {
    CompletableFuture<Outgoing.Outcome> nowhere = publish("", "no-such-queue", null);
    CompletableFuture<Outgoing.Outcome> good = good();

    assertThat(nowhere.get()).isEqualTo(Outgoing.Outcome.UNROUTABLE);
    assertThat(good.get()).isEqualTo(Outgoing.Outcome.CONFIRMED);
  }
}
