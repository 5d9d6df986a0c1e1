package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import jakarta.inject.Inject;
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
import java.util.concurrent.TimeUnit;
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

  @Inject Vertx vertx;

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
  @ValueSource(
      strings = {
        "/v1/queues/a%zz",
        "/v1/queues/a%",
        "/foo%zz",
        "/v1/queues/a|b",
        "/%",
        "/v1/queues?limit=%z"
      })
  void address_that_is_no_uri_is_a_problem(String target) throws IOException {
    String answer = raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertAnswer(answer, ProblemType.INVALID_REQUEST, target.replaceFirst("\\?.*", ""));
    assertThat(answer).contains("The address is not a URI");
  }

  @Test
  void address_without_a_slash_is_a_problem() throws IOException {
    String answer = raw("GET foo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertAnswer(answer, ProblemType.NOT_FOUND, "foo");
  }

  @Test
  void request_without_host_is_a_problem() throws IOException {
    String answer = raw("GET /v1/queues HTTP/1.1\r\nConnection: close\r\n\r\n");

    assertAnswer(answer, ProblemType.INVALID_REQUEST, "/v1/queues");
    assertThat(answer).contains("'Host' header is required");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v1/queues/a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/queues HTTP/1.1\r\nHo st: x\r\n\r\n",
        "POST /v1/queues HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        "hello\r\n\r\n",
      })
  void what_is_not_http_is_a_problem(String request) throws IOException {
    assertAnswer(raw(request), ProblemType.INVALID_REQUEST, "/");
  }

  @Test
  void too_long_a_line_is_a_problem() throws IOException {
    String request = "GET /v1/queues?a=" + "a".repeat(4096) + " HTTP/1.1\r\nHost: x\r\n\r\n";

    String answer = raw(request);

    assertAnswer(answer, ProblemType.URI_TOO_LONG, "/");
    assertThat(answer)
        .contains("4096 bytes")
        .contains("QUARKUS_HTTP_LIMITS_MAX_INITIAL_LINE_LENGTH");
  }

  @Test
  void too_large_headers_are_a_problem() throws IOException {
    String request = "GET /v1/queues HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(21_000) + "\r\n\r\n";

    assertAnswer(raw(request), ProblemType.HEADERS_TOO_LARGE, "/");
  }

  @Test
  void unreadable_request_is_answered_in_its_turn() throws IOException {
    String answers =
        raw(
            "GET /v1/queues HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /v1/queues HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /v1/queues/a b HTTP/1.1\r\nHost: x\r\n\r\n");

    assertThat(answers.split("(?=HTTP/1.1 )"))
        .extracting(answer -> answer.substring(0, "HTTP/1.1 200".length()))
        .containsExactly("HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 400");
  }

  @ParameterizedTest
  @CsvSource({"false, /v1/queues, 200", "false, /a%zz, 400", "true, /v1/queues, 200"})
  void http_2_is_spoken_as_well(boolean afterUpgrade, String target, int status) throws Exception {
    HttpClientOptions options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(afterUpgrade);
    HttpClient spoken = vertx.createHttpClient(options);
    try {
      HttpClientResponse answer =
          spoken
              .request(HttpMethod.GET, base.getPort(), base.getHost(), target)
              .compose(HttpClientRequest::send)
              .toCompletionStage()
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);

      assertThat(answer.version()).isEqualTo(HttpVersion.HTTP_2);
      assertThat(answer.statusCode()).isEqualTo(status);
    } finally {
      spoken.close();
    }
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
    assertAnswer(answer, ProblemType.PAYLOAD_TOO_LARGE, path);
  }

  private static void assertAnswer(String answer, ProblemType type, String path) {
    assertThat(answer)
        .startsWith("HTTP/1.1 " + type.status() + " ")
        .containsIgnoringCase("content-type: application/problem+json")
        .contains("\"type\":\"" + type.uri() + "\"")
        .contains("\"status\":" + type.status())
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/yaml",
        "application/jsonx"
      })
  void body_that_is_not_called_json_is_a_problem(String type) {
    Client.Answer answer = sendAs(type, "/v1/queues/called-otherwise", "{}");

    assertProblem(answer, ProblemType.UNSUPPORTED_MEDIA_TYPE)
        .says("Send the body with 'Content-Type: application/json'");
    assertThat(client.get("/v1/queues/called-otherwise").status()).isEqualTo(404);
  }

  @Test
  void form_of_a_web_page_is_a_problem() throws IOException {
    String form =
        "PUT /v1/queues/of-a-page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s"
            + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\n{}";

    assertThat(raw(form.formatted("Origin: http://page.example\r\n"))).startsWith("HTTP/1.1 415");
    assertThat(raw(form.formatted(""))).startsWith("HTTP/1.1 201");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json;charset=utf-8", "Application/JSON", "application/x.y+json"})
  void body_that_is_called_json_is_read(String type) {
    assertThat(sendAs(type, "/v1/queues/called-json", "{}").status()).isIn(200, 201);
  }

  @Test
  void type_of_no_body_does_not_matter() {
    Client.Answer answer =
        sendAs("application/x-www-form-urlencoded", "/v1/queues/called-json", "");

    assertThat(answer.status()).isIn(200, 201);
  }

  @Test
  void body_without_a_type_is_read() throws IOException {
    String answer =
        raw(
            "PUT /v1/queues/not-called HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + "Content-Length: 2\r\n\r\n{}");

    assertThat(answer).startsWith("HTTP/1.1 20");
  }

  private Client.Answer sendAs(String type, String path, String body) {
    return client.send(
        client
            .request("PUT", path, body.getBytes(StandardCharsets.UTF_8))
            .setHeader("Content-Type", type)
            .build());
  }

  @Test
  void options_of_any_path_are_its_methods() {
    KnownPaths.METHODS.forEach(
        (path, allowed) -> {
          Client.Answer answer = client.call("OPTIONS", path.replaceAll("\\{[^}]*}", "a"), "");

          assertThat(answer.status()).isEqualTo(204);
          assertThat(answer.header("Allow")).isEqualTo(allowed);
        });
    assertProblem(client.call("OPTIONS", "/v1/nope", ""), ProblemType.NOT_FOUND);
  }

  @Test
  void semicolon_in_a_path_is_a_problem() {
    assertProblem(client.put("/v1/queues/zz;force=true", "{}"), ProblemType.INVALID_REQUEST)
        .says("%3B");
    assertThat(client.get("/v1/queues/zz").status()).isEqualTo(404);
  }
}
