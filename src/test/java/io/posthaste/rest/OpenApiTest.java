package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.provider.rabbitmq.RabbitForTests;
import io.posthaste.rest.Client.Answer;
import io.posthaste.rest.OpenApiDocument.Operation;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The document is written by hand, in docs/openapi.yaml; here it is held against the service. */
@QuarkusTest
@WithTestResource(PostgresForTests.class)
@WithTestResource(RabbitForTests.class)
final class OpenApiTest {
  private static final OpenApiDocument DOCUMENT = OpenApiDocument.committed();

  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @Test
  void served_document_is_the_committed_one() throws IOException {
    String committed = Files.readString(OpenApiDocument.FILE);

    assertThat(client.get("/q/openapi").text()).isEqualTo(committed);
    assertThat(client.get("/q/openapi.yaml").text()).isEqualTo(committed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/q/openapi?format=json", "/q/openapi?format=JSON", "/q/openapi.json"})
  void served_as_json_it_says_the_same(String path) {
    Answer served = client.get(path);

    assertThat(served.header("Content-Type")).startsWith("application/json");
    assertThat(served.json())
        .as("quote what YAML takes for a date or a number")
        .isEqualTo(DOCUMENT.root());
  }

  @Test
  void every_resource_method_is_documented_and_no_other() throws IOException {
    assertThat(DOCUMENT.operations().stream().map(Operation::toString))
        .as("document new operations in docs/openapi.yaml")
        .containsExactlyInAnyOrderElementsOf(routes());
  }

  private static List<String> routes() throws IOException {
    java.nio.file.Path classes = java.nio.file.Path.of("target/classes");
    try (Stream<java.nio.file.Path> files = Files.walk(classes.resolve("io"))) {
      return files
          .map(file -> classes.relativize(file).toString())
          .filter(file -> file.endsWith("Resource.class"))
          .map(file -> named(file.replace(".class", "").replace('/', '.')))
          .flatMap(resource -> Stream.of(resource.getDeclaredMethods()))
          .flatMap(OpenApiTest::routes)
          .toList();
    }
  }

  private static Class<?> named(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static Stream<String> routes(Method method) {
    String resource = method.getDeclaringClass().getAnnotation(Path.class).value();
    Path path = method.getAnnotation(Path.class);
    return Stream.of(method.getAnnotations())
        .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
        .filter(Objects::nonNull)
        .map(verb -> verb.value() + " " + resource + (path == null ? "" : path.value()));
  }

  @TestFactory
  Stream<DynamicTest> every_example_request_is_answered_as_documented() {
    return DOCUMENT.operations().stream().flatMap(this::requests);
  }

  private Stream<DynamicTest> requests(Operation operation) {
    JsonNode examples = DOCUMENT.content(operation.node().path("requestBody")).path("examples");
    if (examples.isEmpty()) {
      return Stream.of(dynamicTest(operation.toString(), () -> send(operation, "", List.of())));
    }
    return examples.properties().stream()
        .map(
            example ->
                dynamicTest(
                    operation + " " + example.getKey(), () -> send(operation, example.getValue())));
  }

  private void send(Operation operation, JsonNode example) {
    JsonNode value = example.get("value");
    DOCUMENT.requireFits(
        DOCUMENT.content(operation.node().get("requestBody")).get("schema"),
        value,
        operation.toString());
    String status = example.path("x-status").asText("");
    send(operation, value.toString(), status.isEmpty() ? List.of() : List.of(status));
  }

  private void send(Operation operation, String body, List<String> wanted) {
    Existing existing = new Existing(client);

    Answer answer =
        client.call(
            operation.method().toUpperCase(Locale.ROOT),
            existing.address(DOCUMENT, operation),
            existing.named(body));

    String status = Integer.toString(answer.status());
    assertThat(status).as(answer.text()).startsWith("2");
    if (!wanted.isEmpty()) {
      assertThat(wanted).as(answer.text()).contains(status);
    }
    JsonNode documented = operation.node().get("responses").get(status);
    assertThat(documented).as(status + " is documented").isNotNull();
    JsonNode content = DOCUMENT.content(documented);
    if (content.isMissingNode()) {
      assertThat(answer.text()).isEmpty();
    } else {
      DOCUMENT.requireFits(content.get("schema"), answer.json(), operation.toString());
    }
  }

  @Test
  void every_answer_has_examples_that_fit_its_schema() {
    for (Operation operation : DOCUMENT.operations()) {
      operation
          .node()
          .get("responses")
          .properties()
          .forEach(
              answer -> {
                JsonNode content = DOCUMENT.content(answer.getValue());
                if (!content.isMissingNode()) {
                  assertThat(content.path("examples")).as("%s %s", operation, answer).isNotEmpty();
                  content
                      .get("examples")
                      .forEach(
                          example ->
                              DOCUMENT.requireFits(
                                  content.get("schema"),
                                  DOCUMENT.follow(example).get("value"),
                                  operation + " " + answer.getKey()));
                }
              });
    }
  }

  @Test
  void every_problem_has_an_example() {
    JsonNode examples = DOCUMENT.root().at("/components/examples");

    // Of AMQP alone, until there are topics
    for (ProblemType type : EnumSet.complementOf(EnumSet.of(ProblemType.TOPIC_NOT_FOUND))) {
      assertThat(examples.has(type.code())).as(type.code()).isTrue();
      assertProblem(examples.get(type.code()).get("value"), type);
    }
  }

  @Test
  void every_operation_says_what_fails() {
    for (Operation operation : DOCUMENT.operations()) {
      if (!operation.path().equals("/v1/providers")) {
        assertThat(operation.node().get("responses").has("400")).as("%s 400", operation).isTrue();
        assertThat(operation.node().get("responses").has("503")).as("%s 503", operation).isTrue();
      }
    }
  }

  @Test
  void documented_fields_of_requests_are_all_known() {
    for (Operation operation : DOCUMENT.operations()) {
      JsonNode content = DOCUMENT.content(operation.node().path("requestBody"));
      if (!content.isMissingNode()) {
        String path = new Existing(client).address(DOCUMENT, operation);
        fields(content.get("schema"))
            .forEach(
                body ->
                    assertKnown(
                        client.call(operation.method().toUpperCase(Locale.ROOT), path, body)));
      }
    }
  }

  private static void assertKnown(Answer answer) {
    assertThat(answer.text()).doesNotContain("is not a known field");
  }

  /** A body for each field of a schema, nested ones too, with that field alone in it. */
  private static List<String> fields(JsonNode schema) {
    List<String> bodies = new ArrayList<>();
    DOCUMENT
        .follow(schema)
        .path("properties")
        .properties()
        .forEach(
            property -> {
              JsonNode nested = DOCUMENT.follow(property.getValue());
              String body = "{\"" + property.getKey() + "\":%s}";
              bodies.add(body.formatted("null"));
              fields(nested).forEach(inner -> bodies.add(body.formatted(inner)));
              fields(nested.path("items"))
                  .forEach(inner -> bodies.add(body.formatted("[" + inner + "]")));
            });
    return bodies;
  }

  /**
   * What the examples speak of, made anew: a queue, a message, a dead letter, a replay, a schedule.
   */
  private static final class Existing {
    private final Client client;
    private final String queue;
    private final Map<String, String> ids;

    Existing(Client client) {
      this.client = client;
      queue = client.queue();
      String path = "/v1/queues/" + queue;
      String dead = client.post(path + "/messages", "{\"payload\":{},\"type\":\"t\"}").at("id");
      String receipt = client.post(path + "/receive", "").at("deliveries/0/receipt");
      client.post(
          path + "/reject",
          "{\"receipts\":[\"%s\"],\"permanent\":true,\"reason\":\"no such customer\"}"
              .formatted(receipt));
      String delayed =
          client.post(path + "/messages", "{\"payload\":1,\"delay\":\"PT1H\"}").at("id");
      String replay =
          client
              .post("/v1/dead-letters/replay", "{\"filter\":{\"queue\":\"nothing-there\"}}")
              .at("id");
      client.put(
          "/v1/schedules/nightly",
          "{\"every\":\"PT1H\",\"target\":{\"queue\":\"%s\"},\"message\":{\"payload\":1}}"
              .formatted(queue));
      client.put("/v1/calendars/holidays", "{\"dates\":[]}");
      client.post(
          "/v1/rabbitmq/queues",
          "{\"name\":\"audit\",\"arguments\":{\"x-queue-type\":\"quorum\"}}");
      client.post("/v1/rabbitmq/exchanges", "{\"name\":\"events\"}");
      ids =
          Map.of(
              "/v1/queues/{queue}/messages/{id}", delayed,
              "/v1/dead-letters/{id}", dead,
              "/v1/dead-letters/replays/{id}", replay);
    }

    /** The operation's path, with every parameter that has an example. */
    String address(OpenApiDocument document, Operation operation) {
      if (operation.path().contains("{consumer}")) {
        client.put(
            "/v1/queues/" + queue + "/consumers/out",
            "{\"kind\":\"amqp\",\"exchange\":\"events\"}");
      }
      StringBuilder query = new StringBuilder();
      for (JsonNode parameter : document.parameters(operation)) {
        if (parameter.get("in").asText().equals("query") && parameter.has("example")) {
          query
              .append(query.isEmpty() ? '?' : '&')
              .append(parameter.get("name").asText())
              .append('=')
              .append(named(parameter.get("example").asText()));
        }
      }
      return operation
              .path()
              .replace("{queue}", queue)
              .replace("{consumer}", "out")
              .replace("{schedule}", "nightly")
              .replace("{calendar}", "holidays")
              .replace("{name}", "audit")
              .replace("{id}", ids.getOrDefault(operation.path(), ""))
          + query;
    }

    /** The example's queue is the one that exists. */
    String named(String text) {
      return text.equals("orders") ? queue : text.replace("\"orders\"", '"' + queue + '"');
    }
  }
}
