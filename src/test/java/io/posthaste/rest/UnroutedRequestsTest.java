package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class UnroutedRequestsTest {
  private static final int LIMIT = 16 * 1024 * 1024;

  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/nope", "/v1", "/v1/nope", "/q/nope", "/v1/queues/a/nope", "/%2e%2e/x"})
  void unknown_path_is_a_problem(String path) {
    assertProblem(client.get(path), ProblemType.NOT_FOUND);
    assertProblem(client.post(path, "{}"), ProblemType.NOT_FOUND);
    assertProblem(client.call("BREW", path, ""), ProblemType.NOT_FOUND);
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE, /v1/queues, 'GET'",
    "POST, /v1/queues/a, 'PUT, GET, DELETE'",
    "BREW, /v1/queues, 'GET'",
  })
  void unknown_method_is_a_problem(String method, String path, String allowed) {
    assertOtherMethods(client.call(method, path, ""), allowed);
  }

  @Test
  void unknown_method_of_any_path_names_those_that_there_are() {
    KnownPaths.METHODS.forEach(
        (path, allowed) ->
            assertOtherMethods(
                client.call("BREW", path.replaceAll("\\{[^}]*}", "a"), ""), allowed));
  }

  @Test
  void methods_of_all_paths_are_those_of_the_document() {
    Map<String, List<String>> documented = new LinkedHashMap<>();
    for (OpenApiDocument.Operation operation : OpenApiDocument.committed().operations()) {
      documented
          .computeIfAbsent(operation.path(), _ -> new ArrayList<>())
          .add(operation.method().toUpperCase(Locale.ROOT));
    }

    Map<String, String> expected = new LinkedHashMap<>();
    documented.forEach((path, methods) -> expected.put(path, String.join(", ", methods)));
    assertThat(KnownPaths.METHODS).isEqualTo(expected);
  }

  private static void assertOtherMethods(Client.Answer answer, String allowed) {
    assertProblem(answer, ProblemType.METHOD_NOT_ALLOWED);
    assertThat(answer.header("Allow")).contains(allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/queues/a%zz", "/v1/queues/a%", "/foo%zz", "/v1/queues/a|b", "/%"})
  void address_that_is_no_uri_is_refused(String target) throws IOException {
    String answer = raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/queues/a/messages", "/nope"})
  void body_over_the_limit_is_a_problem(String path) throws IOException {
    String answer =
        raw(
            "POST "
                + path
                + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + (LIMIT + 1)
                + "\r\n\r\n{");

    assertTooLarge(answer, path);
  }

  @Test
  void endless_length_is_a_problem() throws IOException {
    String length = "9".repeat(18);

    assertTooLarge(
        raw("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n"), "/x");
  }

  @Test
  void body_of_unknown_length_over_the_limit_is_a_problem() throws IOException {
    String path = "/v1/queues/a/messages";
    String chunk = "100000\r\n" + "x".repeat(1 << 20) + "\r\n";

    String answer =
        raw(
            "POST "
                + path
                + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk.repeat(17));

    assertTooLarge(answer, path);
  }

  private static void assertTooLarge(String answer, String path) {
    assertThat(answer)
        .startsWith("HTTP/1.1 413 ")
        .containsIgnoringCase("content-type: application/problem+json")
        .contains("\"type\":\"urn:posthaste:problem:payload-too-large\"")
        .contains("\"status\":413")
        .contains("\"instance\":\"" + path + "\"");
  }

  @Test
  void body_of_unknown_length_within_the_limit_is_read() {
    String queue = client.queue("{\"maxMessageSize\":16777216}");
    String text = "x".repeat(5_000_000);
    byte[] body = ("{\"payload\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
    HttpRequest request =
        client
            .request("POST", "/v1/queues/" + queue + "/messages", body)
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
            .build();

    assertThat(client.send(request).status()).isEqualTo(201);
    assertThat(client.post("/v1/queues/" + queue + "/receive", "").text())
        .contains("\"payload\":\"" + text + "\"}");
  }

  @Test
  void body_of_exactly_the_limit_is_read() {
    String queue = client.queue("{\"maxMessageSize\":16777216}");
    String around = "{\"payload\":\"\"}";
    String body = "{\"payload\":\"" + "x".repeat(LIMIT - around.length()) + "\"}";

    assertThat(client.post("/v1/queues/" + queue + "/messages", body).status()).isEqualTo(201);
  }

  @Test
  void unacceptable_representation_is_a_problem() {
    assertProblem(
        client.call("GET", "/v1/queues", "", "Accept", "text/html"), ProblemType.NOT_ACCEPTABLE);
  }

  @Test
  void unreadable_media_type_is_a_problem() {
    HttpRequest request =
        client
            .request("PUT", "/v1/queues/a", new byte[0])
            .setHeader("Content-Type", "nonsense")
            .build();

    assertProblem(client.send(request), ProblemType.UNSUPPORTED_MEDIA_TYPE);
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(base.getHost(), base.getPort())) {
      socket.setSoTimeout(10_000);
      // The service may answer and hang up before it has read everything
      Thread.ofVirtual().start(() -> write(socket, request));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void write(Socket socket, String request) {
    try {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // Hung up: the answer is what counts
    }
  }
}
