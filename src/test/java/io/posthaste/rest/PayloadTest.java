package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class PayloadTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  private Answer send(String queue, String message) {
    return client.post("/v1/queues/" + queue + "/messages", message);
  }

  private Answer receive(String queue) {
    return client.post("/v1/queues/" + queue + "/receive", "{\"max\":1}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.10",
        "-0",
        "0.0",
        "1e400",
        "1E+2",
        "18446744073709551616",
        "true",
        "null",
        "\"\"",
        "[]",
        "{}",
        "{\"b\":1,\"a\":{\"d\":1.0,\"c\":2}}",
        "{\"a\":1,\"a\":2}",
        "{ \"a\" :\t[ 1 ,\n 2 ] }",
        "\"\\u00e9 \\ud83d\\ude00 \\u0000 \\ud800 \\/\"",
        "\"é 😀 \u2028 \u007f\"",
        "\"</script>\""
      })
  void json_is_handed_out_as_it_was_written(String payload) {
    String queue = client.queue();
    send(
        queue, "{\"type\":\"before\",\"payload\":  " + payload + "  ,\"correlationId\":\"after\"}");
    send(queue, "{\"payload\":" + payload + "}");

    assertThat(receive(queue).text()).contains("\"payload\":" + payload + ",\"type\":\"before\"");
    assertThat(receive(queue).text()).contains("\"payload\":" + payload + "}}]}");
    assertThat(client.get("/v1/queues/" + queue + "/messages?state=leased").text())
        .contains("\"payload\":" + payload + ",");
  }

  @Test
  void number_of_many_digits_survives() {
    String queue = client.queue();
    String digits = "7".repeat(100_000);
    send(queue, "{\"payload\":" + digits + "}");

    assertThat(receive(queue).text()).contains("\"payload\":" + digits + "}");
  }

  @Test
  void entry_that_is_too_deep_or_no_utf8_fails_alone() {
    String queue = client.queue();
    String deep = "[".repeat(5000) + "]".repeat(5000);
    String batch =
        "{\"messages\":[{\"payload\":1},{\"payload\":%s},{\"payload\":\"\u00e4\"},{\"payload\":2,\"type\":\"\u00fc\"},{\"payload\":{\"a\":\"b\"}}]}"
            .formatted(deep);
    byte[] latin = batch.getBytes(StandardCharsets.ISO_8859_1);

    Answer answer =
        client.send(
            client.request("POST", "/v1/queues/" + queue + "/messages/batch", latin).build());

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode results = answer.json().get("results");
    assertThat(results.findValues("id")).hasSize(2);
    assertProblem(results.at("/1/error"), ProblemType.INVALID_REQUEST).names("field", "payload");
    assertProblem(results.at("/2/error"), ProblemType.INVALID_REQUEST)
        .names("field", "messages[2]");
    assertProblem(results.at("/3/error"), ProblemType.INVALID_REQUEST)
        .names("field", "messages[3]");
    assertThat(client.post("/v1/queues/" + queue + "/receive", "{\"max\":9}").text())
        .contains("\"payload\":1}", "\"payload\":{\"a\":\"b\"}}");
  }

  @Test
  void payload_is_nested_a_thousand_deep_and_no_deeper() {
    String queue = client.queue();
    String deep = "[".repeat(1000) + "]".repeat(1000);
    String deeper = "[" + deep + "]";

    assertThat(send(queue, "{\"payload\":" + deep + "}").status()).isEqualTo(201);
    assertThat(
            client
                .post(
                    "/v1/queues/" + queue + "/messages/batch",
                    "{\"messages\":[{\"payload\":" + deep + "}]}")
                .at("results/0/id"))
        .hasSize(36);
    assertThat(receive(queue).text()).contains("\"payload\":" + deep + "}");
    assertProblem(send(queue, "{\"payload\":" + deeper + "}"), ProblemType.INVALID_REQUEST)
        .names("field", "payload");
    assertProblem(
        send(queue, "{\"payload\":" + "[".repeat(1_000_000)), ProblemType.INVALID_REQUEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"payload\":\"\u00ff\"}",
        "{\"payload\":{\"a\":\"\u00ff\"}}",
        "{\"type\":\"\u00ff\",\"payload\":1}"
      })
  void bytes_that_are_no_utf8_are_refused(String latin) {
    byte[] body = latin.getBytes(StandardCharsets.ISO_8859_1);

    Answer answer =
        client.send(
            client.request("POST", "/v1/queues/" + client.queue() + "/messages", body).build());

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.contentType()).isEqualTo("application/problem+json");
  }

  @Test
  void bytes_are_handed_out_as_base64_with_their_content_type() {
    String queue = client.queue();
    byte[] bytes = new byte[100_000];
    RandomGenerator.of("L64X128MixRandom").nextBytes(bytes);
    String base64 = Base64.getEncoder().encodeToString(bytes);
    send(queue, "{\"payloadBase64\":\"" + base64 + "\",\"contentType\":\"image/png\"}");
    send(queue, "{\"payloadBase64\":\"\"}");

    assertThat(receive(queue).text())
        .contains("\"payloadBase64\":\"" + base64 + "\",\"contentType\":\"image/png\"}");
    assertThat(receive(queue).text())
        .contains("\"payloadBase64\":\"\",\"contentType\":\"application/octet-stream\"}");
  }

  @Test
  void github_events_come_out_byte_for_byte() throws IOException {
    String queue = client.queue();
    Map<String, String> payloads = new TreeMap<>();
    List<String> events = Files.readAllLines(Path.of("src/test/resources/github/events.jsonl"));
    for (String event : events) {
      JsonNode fields = new ObjectMapper().readTree(event);
      // As it stands in the file, not as Jackson would write it
      String payload = event.substring(event.indexOf("\"payload\":") + 10, event.length() - 1);
      String type = fields.get("event").asText();
      String id = send(queue, "{\"payload\":" + payload + ",\"type\":\"" + type + "\"}").at("id");
      payloads.put(
          id,
          "\"message\":{\"id\":\""
              + id
              + "\",\"payload\":"
              + payload
              + ",\"type\":\""
              + type
              + "\"}}");
    }

    assertThat(payloads).hasSize(184);
    String received = client.post("/v1/queues/" + queue + "/receive", "{\"max\":1000}").text();
    assertThat(received.length()).isGreaterThan(1_500_000);
    List<String> missing = new ArrayList<>();
    payloads.forEach(
        (id, message) -> {
          if (!received.contains(message)) {
            missing.add(id);
          }
        });
    assertThat(missing).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE"})
  void other_encodings_than_utf_8_are_refused(String encoding) {
    String queue = client.queue();
    String replay = "{\"filter\":{\"queue\":\"" + queue + "\"},\"patch\":{\"payload\":1}}";

    assertNotUtf8("POST", "/v1/queues/" + queue + "/messages", "{\"payload\":1}", encoding);
    assertNotUtf8(
        "POST",
        "/v1/queues/" + queue + "/messages/batch",
        "{\"messages\":[{\"payload\":1}]}",
        encoding);
    assertNotUtf8("POST", "/v1/dead-letters/replay", replay, encoding);
    assertNotUtf8("PUT", "/v1/queues/" + queue, "{}", encoding);
  }

  @Test
  void byte_order_mark_is_refused() {
    String queue = client.queue();

    assertNotUtf8("POST", "/v1/queues/" + queue + "/messages", "\ufeff{\"payload\":1}", "UTF-8");
    assertNotUtf8("PUT", "/v1/queues/" + queue, "\ufeff{}", "UTF-8");
  }

  private void assertNotUtf8(String method, String path, String body, String encoding) {
    Answer answer =
        client.send(client.request(method, path, body.getBytes(Charset.forName(encoding))).build());

    assertProblem(answer, ProblemType.MALFORMED_JSON)
        .names("detail", "The body must be UTF-8, without a byte order mark.");
  }
}
