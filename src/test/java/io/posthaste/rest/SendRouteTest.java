package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A single send may take either way through the service, and must not be able to tell which. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class SendRouteTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  private Answer send(String queue, String message, String contentType) {
    byte[] body = message.getBytes(StandardCharsets.UTF_8);
    return client.send(
        client
            .request("POST", "/v1/queues/" + queue + "/messages", body)
            .setHeader("Content-Type", contentType)
            .build());
  }

  private Answer sendTheShortWay(String queue, String message) {
    return send(queue, message, "application/json");
  }

  private Answer sendTheLongWay(String queue, String message) {
    return send(queue, message, "application/json; charset=utf-8");
  }

  @Test
  void answers_of_both_ways_look_alike() {
    String queue = client.queue();

    Answer one = sendTheShortWay(queue, "{\"payload\":1,\"deduplicationId\":\"d\"}");
    Answer other = sendTheLongWay(queue, "{\"payload\":1,\"deduplicationId\":\"d\"}");

    assertThat(one.status()).isEqualTo(201);
    assertLike(one, other);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "small | {`payload`:`1234567890`} | 413",
        "small | {`payload`:1,`group`:`g`,`priority`:10} | 400",
        "small | {`payload`:1 | 400",
        "small | [] | 400",
        "small | {} | 400",
        "small | '' | 400",
        "nobody-made-it | {`payload`:1} | 404",
        ".hidden | {`payload`:1} | 400",
        "~ | {`payload`:1} | 400",
        "a%2Fb | {`payload`:1} | 400",
        "a/b | {`payload`:1} | 404",
        "%2E%2E | {`payload`:1} | 404",
      })
  void refusals_of_both_ways_look_alike(String queue, String message, int status) {
    String name = queue.equals("small") ? client.queue("{\"maxMessageSize\":10}") : queue;

    Answer one = sendTheShortWay(name, message.replace('`', '"'));

    assertThat(one.status()).as(one.text()).isEqualTo(status);
    assertLike(one, sendTheLongWay(name, message.replace('`', '"')));
  }

  private static void assertLike(Answer one, Answer other) {
    assertThat(one.status()).isEqualTo(other.status());
    assertThat(one.text()).isEqualTo(other.text());
    assertThat(one.raw().headers().map()).isEqualTo(other.raw().headers().map());
  }
}
