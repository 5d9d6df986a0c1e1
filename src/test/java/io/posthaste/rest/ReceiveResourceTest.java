package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class ReceiveResourceTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  private void send(String queue, String message) {
    assertThat(client.post("/v1/queues/" + queue + "/messages", message).status()).isEqualTo(201);
  }

  private Answer receive(String queue, String wish) {
    return client.post("/v1/queues/" + queue + "/receive", wish);
  }

  @Test
  void empty_queue_answers_an_empty_list_at_once() {
    assertThat(receive(client.queue(), "").text()).isEqualTo("{\"deliveries\":[]}");
  }

  @Test
  void delivery_says_attempt_lease_and_times() {
    String queue = client.queue();
    send(queue, "{\"payload\":1}");
    Instant before = Instant.now();

    Answer delivery = receive(queue, "{\"lease\":\"PT10M\"}");

    assertThat(delivery.text())
        .matches(
            "\\{\"deliveries\":\\[\\{\"receipt\":\"[\\w-]{20,}\",\"attempt\":1,\"leasedUntil\":\"[^\"]+Z\","
                + "\"enqueuedAt\":\"[^\"]+Z\",\"message\":\\{\"id\":\"[^\"]+\",\"payload\":1}}]}");
    assertThat(Instant.parse(delivery.at("deliveries/0/leasedUntil")))
        .isBetween(before.plusSeconds(590), before.plusSeconds(610));
  }

  @Test
  void at_most_max_are_handed_out_and_one_by_default() {
    String queue = client.queue();
    for (int i = 0; i < 5; i++) {
      send(queue, "{\"payload\":" + i + "}");
    }

    assertThat(receive(queue, "{}").json().get("deliveries")).hasSize(1);
    assertThat(receive(queue, "{\"max\":3}").json().get("deliveries")).hasSize(3);
    assertThat(receive(queue, "{\"max\":1000}").json().get("deliveries")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{`max`:0} | max",
        "{`max`:1001} | max",
        "{`max`:1.5} | max",
        "{`max`:`5`} | max",
        "{`max`:[1]} | max",
        "{`lease`:`PT0S`} | lease",
        "{`lease`:`PT12H0.001S`} | lease",
        "{`lease`:30} | lease",
        "{`wait`:`PT20.001S`} | wait",
        "{`wait`:`PT-1S`} | wait",
        "{`wait`:`PT1S`,`wait`:`PT1S`} | wait",
        "{`visibility`:`PT1S`} | visibility",
      },
      quoteCharacter = '~')
  void wrong_wish_is_refused_by_field(String wish, String field) {
    assertProblem(receive(client.queue(), wish.replace('`', '"')), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void greatest_wishes_are_granted() {
    String queue = client.queue();
    send(queue, "{\"payload\":1}");

    assertThat(
            receive(queue, "{\"max\":1000,\"lease\":\"PT12H\",\"wait\":\"PT20S\"}")
                .json()
                .get("deliveries"))
        .hasSize(1);
  }

  @Test
  void long_poll_is_woken_by_a_send() throws Exception {
    String queue = client.queue();
    CompletableFuture<Answer> waiting =
        client.postLater("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT20S\"}");
    assertThat(waiting.completeOnTimeout(null, 300, TimeUnit.MILLISECONDS).isDone()).isFalse();
    long sent = System.nanoTime();
    CompletableFuture<Answer> second =
        client.postLater("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT20S\"}");
    send(queue, "{\"payload\":1}");
    send(queue, "{\"payload\":2}");

    assertThat(second.get(5, TimeUnit.SECONDS).json().get("deliveries")).hasSize(1);
    assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void long_poll_ends_with_an_empty_list() {
    long begin = System.nanoTime();

    assertThat(receive(client.queue(), "{\"wait\":\"PT0.5S\"}").text())
        .isEqualTo("{\"deliveries\":[]}");
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(Duration.ofMillis(450), Duration.ofSeconds(5));
  }

  @Test
  void long_poll_finds_a_message_that_falls_due() {
    String queue = client.queue();
    send(queue, "{\"payload\":1,\"delay\":\"PT0.5S\"}");

    assertThat(receive(queue, "").text()).isEqualTo("{\"deliveries\":[]}");
    assertThat(receive(queue, "{\"wait\":\"PT10S\"}").json().get("deliveries")).hasSize(1);
  }

  @Test
  void client_that_hangs_up_takes_nothing() throws IOException {
    String queue = client.queue();
    for (int i = 0; i < 3; i++) {
      hangUp(queue);
    }
    send(queue, "{\"payload\":1}");

    Answer next = receive(queue, "{\"wait\":\"PT5S\"}");

    assertThat(next.json().get("deliveries")).hasSize(1);
    assertThat(next.at("deliveries/0/attempt")).isEqualTo("1");
  }

  private void hangUp(String queue) throws IOException {
    byte[] wish = "{\"wait\":\"PT20S\"}".getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /v1/queues/%s/receive HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
            .formatted(queue, wish.length);
    try (Socket socket = new Socket(base.getHost(), base.getPort())) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().write(wish);
      // Nothing tells from outside that the service has begun to wait
      socket.setSoTimeout(300);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
    }
  }
}
