package io.posthaste.provider.rabbitmq;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Connection;
import io.posthaste.database.FreshDatabase;
import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.queue.contract.MessageBuilder;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.posthaste.wire.HeaderFrame;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Messages whose headers fill the frame in which AMQP carries them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitHeaderFrameTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int FRAME = 131_072;
  private static final int LONGEST = 8_192;

  private final Vertx vertx = Vertx.vertx();
  private final SettableClock clock = new SettableClock();
  private final Connection connection = RabbitForTests.connect();
  private RabbitReplica replica;

  @BeforeAll
  void start() {
    replica = new RabbitReplica(vertx, FreshDatabase.create(), RabbitForTests.url(), clock);
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

  /** So many bytes of names and values. */
  private static Map<String, String> headers(int bytes) {
    Map<String, String> headers = new TreeMap<>();
    for (int left = bytes; left > 0; left -= LONGEST + 3) {
      headers.put("h%02d".formatted(headers.size()), "x".repeat(Math.clamp(left - 3, 1, LONGEST)));
    }
    return headers;
  }

  private SendOutcome send(Queue queue, MessageBuilder message) {
    return await(replica.provider().send(queue, List.of(message.build()))).getFirst();
  }

  private List<Delivery> receive(Queue queue) {
    return await(
        replica
            .provider()
            .receive(queue, new ReceiveRequest(1, Duration.ofMinutes(5), Duration.ZERO)));
  }

  private List<Outcome> settle(Queue queue, Settlement settlement) {
    return await(replica.provider().settle(queue, List.of(settlement)));
  }

  /** A foreign message whose properties fill a frame. */
  private void publishFull(Queue queue) throws IOException {
    int bytes = FRAME;
    while (!HeaderFrame.holds(FRAME, foreign(bytes))) {
      bytes--;
    }
    connection
        .createChannel()
        .basicPublish("", queue.name().value(), foreign(bytes), new byte[] {1});
  }

  private static BasicProperties foreign(int bytes) {
    return new BasicProperties.Builder()
        .messageId(UUID.randomUUID().toString())
        .headers(new HashMap<>(headers(bytes)))
        .build();
  }

  private DeadLetter awaitDead(Queue queue) {
    DeadLetterFilter filter = DeadLetterFilter.ofQueue(queue.name().value());
    return Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                await(StoresForTests.deadLetters(replica.pool()).list(filter, Optional.empty(), 2)),
            letters -> letters.size() == 1)
        .getFirst();
  }

  @Test
  void message_that_no_frame_holds_is_refused_however_it_is_sent() {
    Queue queue = replica.define("frame-refused");
    Map<String, String> large = headers(FRAME);

    assertThat(
            List.of(
                send(queue, aMessage().withHeaders(large)),
                send(queue, aMessage().withHeaders(large).withDelay(Duration.ofSeconds(1))),
                send(queue, aMessage().withHeaders(large).withDeduplicationId("now")),
                send(
                    queue,
                    aMessage()
                        .withHeaders(large)
                        .withDeduplicationId("later")
                        .withDelay(Duration.ofSeconds(1)))))
        .hasOnlyElementsOfType(SendOutcome.Refused.class);
    // The id of what was refused is free
    assertThat(send(queue, aMessage().withDeduplicationId("now")))
        .isInstanceOf(SendOutcome.Stored.class);
    assertThat(await(replica.provider().stats(queue)).delayed()).isZero();
  }

  @Test
  void message_that_is_accepted_fits_in_all_of_its_attempts() {
    Queue queue = replica.define("frame-attempts");
    int bytes = FRAME;
    while (!(send(queue, aMessage().withHeaders(headers(bytes))) instanceof SendOutcome.Stored)) {
      bytes -= 64;
    }
    Delivery first = receive(queue).getFirst();

    settle(queue, new Settlement.Reject(first.receipt(), "again", false));
    clock.leap(Duration.ofMinutes(1));
    replica.upkeep();
    Delivery second = receive(queue).getFirst();
    settle(queue, new Settlement.Release(second.receipt(), new Due.After(Duration.ZERO)));

    assertThat(receive(queue).getFirst().attempt()).isEqualTo(2);
  }

  @Test
  void foreign_message_that_does_not_fit_when_it_is_put_back_is_poison_and_fails_nobody_else()
      throws IOException {
    Queue queue = replica.define("frame-released");
    publishFull(queue);
    Delivery delivery =
        Awaitility.await().until(() -> receive(queue), it -> !it.isEmpty()).getFirst();

    assertThat(
            settle(queue, new Settlement.Release(delivery.receipt(), new Due.After(Duration.ZERO))))
        .containsExactly(Outcome.RELEASED);

    DeadLetter letter = awaitDead(queue);
    assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.POISON);
    assertThat(letter.attempts()).isZero();
  }

  @Test
  void foreign_message_that_does_not_fit_with_its_retry_is_poison() throws IOException {
    Queue queue = replica.define("frame-foreign");
    publishFull(queue);
    Delivery delivery =
        Awaitility.await().until(() -> receive(queue), it -> !it.isEmpty()).getFirst();

    settle(queue, new Settlement.Reject(delivery.receipt(), "again", false));
    clock.leap(Duration.ofMinutes(1));
    replica.upkeep();

    DeadLetter letter = awaitDead(queue);
    assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.POISON);
    assertThat(letter.reason()).contains("headers are larger");
    assertThat(letter.attempts()).isOne();
  }
}
