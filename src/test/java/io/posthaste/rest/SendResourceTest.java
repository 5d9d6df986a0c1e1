package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class SendResourceTest {
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
    return client.post("/v1/queues/" + queue + "/receive", "{\"max\":100}");
  }

  @Test
  void answer_is_the_id_a_uuid_of_version_7() {
    Answer sent = send(client.queue(), "{\"payload\":1}");

    assertThat(sent.status()).isEqualTo(201);
    assertThat(sent.text()).matches("\\{\"id\":\"[0-9a-f-]{36}\"}");
    UUID id = UUID.fromString(sent.at("id"));
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16)
        .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis() + 60_000);
  }

  @Test
  void every_field_reaches_the_receiver() {
    String queue = client.queue();
    String fields =
        "\"payload\":{\"a\":1},\"type\":\"order.created\",\"headers\":{\"b\":\"2\",\"a\":\"ü\\n\\\"\\\\\"},"
            + "\"correlationId\":\"c\",\"priority\":9,\"group\":\"g\",\"deduplicationId\":\"d\"";
    String id = send(queue, "{" + fields + ",\"ttl\":\"P1D\",\"delay\":\"PT0S\"}").at("id");

    JsonNode message = receive(queue).json().at("/deliveries/0/message");

    assertThat(message.get("id").asText()).isEqualTo(id);
    assertThat(message.get("headers").toString()).isEqualTo("{\"b\":\"2\",\"a\":\"ü\\n\\\"\\\\\"}");
    assertThat(message.get("type").asText()).isEqualTo("order.created");
    assertThat(message.get("correlationId").asText()).isEqualTo("c");
    assertThat(message.get("priority").asInt()).isEqualTo(9);
    assertThat(message.get("group").asText()).isEqualTo("g");
    assertThat(message.get("deduplicationId").asText()).isEqualTo("d");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | payload",
        "{`payload`:1,`foo`:2} | foo",
        "{`payload`:1,`payload`:2} | payload",
        "{`payload`:1,`payloadBase64`:``} | payloadBase64",
        "{`payloadBase64`:`***`} | payloadBase64",
        "{`payloadBase64`:5} | payloadBase64",
        "{`payload`:1,`contentType`:`text/plain`} | contentType",
        "{`payload`:1,`type`:5} | type",
        "{`payload`:1,`type`:``} | type",
        "{`payload`:1,`type`:`\\u0000`} | type",
        "{`payload`:1,`type`:`\\ud800`} | type",
        "{`payload`:1,`headers`:[]} | headers",
        "{`payload`:1,`headers`:{`a`:1}} | headers.a",
        "{`payload`:1,`headers`:{`a`:null}} | headers.a",
        "{`payload`:1,`headers`:{`a`:`1`,`a`:`2`}} | headers.a",
        "{`payload`:1,`correlationId`:``} | correlationId",
        "{`payload`:1,`priority`:1.5} | priority",
        "{`payload`:1,`priority`:1.0} | priority",
        "{`payload`:1,`priority`:1e0} | priority",
        "{`payload`:1,`priority`:`5`} | priority",
        "{`payload`:1,`priority`:[1]} | priority",
        "{`payload`:1,`priority`:true} | priority",
        "{`payload`:1,`priority`:10} | priority",
        "{`payload`:1,`priority`:-1} | priority",
        "{`payload`:1,`group`:``} | group",
        "{`payload`:1,`deduplicationId`:``} | deduplicationId",
        "{`payload`:1,`delay`:`5`} | delay",
        "{`payload`:1,`delay`:`PT-1S`} | delay",
        "{`payload`:1,`delay`:`P3661D`} | delay",
        "{`payload`:1,`delay`:`PT1S`,`deliverAt`:`2027-03-01T09:00:00Z`} | deliverAt",
        "{`payload`:1,`deliverAt`:`2027-03-01T09:00`} | deliverAt",
        "{`payload`:1,`deliverAt`:`2099-03-01T09:00:00Z`} | deliverAt",
        "{`payload`:1,`deliverAt`:1} | deliverAt",
        "{`payload`:1,`ttl`:`PT0S`} | ttl",
      },
      quoteCharacter = '~')
  void wrong_message_is_refused_by_field(String message, String field) {
    assertProblem(send("never", message.replace('`', '"')), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void long_texts_are_refused_by_field() {
    String long256 = "x".repeat(256);

    assertThat(
            send(
                    client.queue(),
                    "{\"payload\":1,\"group\":\""
                        + long256
                        + "\",\"deduplicationId\":\""
                        + long256
                        + "\"}")
                .status())
        .isEqualTo(201);
    assertProblem(
            send("never", "{\"payload\":1,\"group\":\"" + long256 + "x\"}"),
            ProblemType.INVALID_REQUEST)
        .names("field", "group");
    assertProblem(
            send("never", "{\"payload\":1,\"type\":\"" + long256 + "\"}"),
            ProblemType.INVALID_REQUEST)
        .names("field", "type");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-999999999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2001-01-01T00:00:00+05:30"})
  void time_in_the_past_means_at_once(String past) {
    String queue = client.queue();

    assertThat(send(queue, "{\"payload\":1,\"deliverAt\":\"" + past + "\"}").status())
        .isEqualTo(201);
    assertThat(receive(queue).json().get("deliveries")).hasSize(1);
  }

  @Test
  void payload_over_the_queues_limit_is_refused() {
    String queue = client.queue("{\"maxMessageSize\":10}");

    assertThat(send(queue, "{\"payload\":\"12345678\"}").status()).isEqualTo(201);
    assertProblem(send(queue, "{\"payload\":\"123456789\"}"), ProblemType.PAYLOAD_TOO_LARGE)
        .names("queue", queue)
        .names("field", "payload");
  }

  @Test
  void repeated_deduplication_id_is_the_same_message_or_a_conflict() {
    String queue = client.queue();
    String message = "{\"payload\":1.0,\"deduplicationId\":\"d\"}";
    String id = send(queue, message).at("id");

    Answer repeat = send(queue, message);
    assertThat(repeat.status()).isEqualTo(201);
    assertThat(repeat.at("id")).isEqualTo(id);
    assertProblem(
            send(queue, "{\"payload\":1.00,\"deduplicationId\":\"d\"}"),
            ProblemType.DEDUPLICATION_CONFLICT)
        .names("queue", queue)
        .names("messageId", id)
        .names("field", "deduplicationId");
  }

  @Test
  void trace_context_reaches_the_receiver() {
    String queue = client.queue();
    String parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    client.call(
        "POST",
        "/v1/queues/" + queue + "/messages",
        "{\"payload\":1,\"headers\":{\"a\":\"1\"}}",
        "traceparent",
        parent,
        "tracestate",
        "vendor=1");
    client.call(
        "POST",
        "/v1/queues/" + queue + "/messages/batch",
        "{\"messages\":[{\"payload\":2,\"headers\":{\"traceparent\":\"mine\"}}]}",
        "traceparent",
        parent);

    JsonNode deliveries = receive(queue).json().get("deliveries");

    assertThat(deliveries.at("/0/message/headers").toString())
        .isEqualTo("{\"a\":\"1\",\"traceparent\":\"" + parent + "\",\"tracestate\":\"vendor=1\"}");
    assertThat(deliveries.at("/1/message/headers").toString())
        .isEqualTo("{\"traceparent\":\"mine\"}");
  }

  @Test
  void trace_context_is_no_reason_to_refuse_a_message_with_all_its_headers() {
    String headers =
        IntStream.range(0, 100)
            .mapToObj(i -> "\"h" + i + "\":\"\"")
            .collect(Collectors.joining(","));

    Answer sent =
        client.call(
            "POST",
            "/v1/queues/" + client.queue() + "/messages",
            "{\"payload\":1,\"headers\":{" + headers + "}}",
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    assertThat(sent.status()).as(sent.text()).isEqualTo(201);
  }

  @Test
  void bad_entries_of_a_batch_leave_their_neighbours_alone() {
    String queue = client.queue("{\"maxMessageSize\":100}");
    send(queue, "{\"payload\":\"first\",\"deduplicationId\":\"d\"}");
    String large = "x".repeat(100);

    Answer sent =
        client.post(
            "/v1/queues/" + queue + "/messages/batch",
            ("{`messages`:[{`payload`:0},{`payload`:1,`x`:[{`y`:[]}]},{`payload`:2,`priority`:`5`},"
                    + "3,null,[[]],{`payload`:6,`payload`:[6]},{`payload`:`"
                    + large
                    + "`},"
                    + "{`payload`:8,`deduplicationId`:`d`},{},{`payload`:{`a`:[10]},`headers`:{`a`:{}}},"
                    + "{`payload`:11,`deliverAt`:`-999999999-01-01T00:00:00Z`}]}")
                .replace('`', '"'));

    assertThat(sent.status()).isEqualTo(200);
    JsonNode results = sent.json().get("results");
    assertThat(results).hasSize(12);
    assertThat(results.get(0).path("id").asText()).hasSize(36);
    assertInvalid(results.get(1), "x");
    assertInvalid(results.get(2), "priority");
    assertInvalid(results.get(3), "messages[3]");
    assertInvalid(results.get(4), "messages[4]");
    assertInvalid(results.get(5), "messages[5]");
    assertInvalid(results.get(6), "payload");
    assertProblem(results.get(7).get("error"), ProblemType.PAYLOAD_TOO_LARGE).names("queue", queue);
    assertProblem(results.get(8).get("error"), ProblemType.DEDUPLICATION_CONFLICT)
        .names("queue", queue);
    assertInvalid(results.get(9), "payload");
    assertInvalid(results.get(10), "headers.a");
    assertThat(results.get(11).path("id").asText()).hasSize(36);
    assertThat(receive(queue).each("deliveries", "message/payload"))
        .containsExactlyInAnyOrder("first", "0", "11");
  }

  private static void assertInvalid(JsonNode result, String field) {
    assertProblem(result.get("error"), ProblemType.INVALID_REQUEST).names("field", field);
  }

  @Test
  void batch_of_a_thousand_is_sent_in_order_and_one_more_refused() {
    String queue = client.queue();
    String thousand =
        IntStream.range(0, 1000)
            .mapToObj(i -> "{\"payload\":" + i + "}")
            .collect(Collectors.joining(","));

    Answer sent =
        client.post("/v1/queues/" + queue + "/messages/batch", "{\"messages\":[" + thousand + "]}");

    assertThat(sent.each("results", "id")).hasSize(1000).isSorted();
    assertProblem(
            client.post(
                "/v1/queues/" + queue + "/messages/batch",
                "{\"messages\":[" + thousand + ",{\"payload\":1}]}"),
            ProblemType.INVALID_REQUEST)
        .names("field", "messages");
    assertThat(client.get("/v1/queues/" + queue + "/stats").at("available")).isEqualTo("1000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"messages\":[]}",
        "{\"messages\":{}}",
        "{\"messages\":null}",
        "{\"messages\":[],\"messages\":[]}"
      })
  void batch_of_nothing_is_refused(String body) {
    assertProblem(client.post("/v1/queues/never/messages/batch", body), ProblemType.INVALID_REQUEST)
        .names("field", "messages");
  }

  @Test
  void batch_that_breaks_off_sends_nothing() {
    String queue = client.queue();

    assertProblem(
        client.post(
            "/v1/queues/" + queue + "/messages/batch",
            "{\"messages\":[{\"payload\":1},{\"payload\":[2"),
        ProblemType.MALFORMED_JSON);
    assertThat(client.get("/v1/queues/" + queue + "/stats").at("available")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      })
  void invalid_trace_context_is_ignored(String parent) {
    String queue = client.queue();

    client.call(
        "POST",
        "/v1/queues/" + queue + "/messages",
        "{\"payload\":1}",
        "traceparent",
        parent,
        "tracestate",
        "vendor=1");

    assertThat(receive(queue).json().at("/deliveries/0/message").has("headers")).isFalse();
  }

  @Test
  void name_of_a_header_that_is_too_long_is_shown() {
    Answer refused =
        send(client.queue(), "{\"payload\":1,\"headers\":{\"" + "x".repeat(256) + "\":\"\"}}");

    assertProblem(refused, ProblemType.INVALID_REQUEST)
        .names("field", "headers")
        .says("must have names of 1 to 255 characters, unlike '" + "x".repeat(50) + "…'");
  }
}
