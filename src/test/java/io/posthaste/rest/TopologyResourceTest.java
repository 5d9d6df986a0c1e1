package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class TopologyResourceTest {
  private static final String PATH = "/v1/topology";

  @TestHTTPResource("/")
  URI base;

  private Client client;
  private String queue;

  @BeforeEach
  void connect() {
    client = new Client(base);
    queue = client.queue("{\"lease\":\"PT1M\"}");
  }

  private Client.Answer putYaml(String yaml) {
    byte[] body = yaml.getBytes(StandardCharsets.UTF_8);
    return client.send(
        client.request("PUT", PATH, body).setHeader("Content-Type", "application/yaml").build());
  }

  private String document(String policy) {
    return "{\"queues\":{\"%s\":%s}}".formatted(queue, policy);
  }

  @Test
  void makes_what_is_not_there() {
    String fresh = queue + "-new";

    var answer = client.put(PATH, "{\"queues\":{\"%s\":{\"maxAttempts\":3}}}".formatted(fresh));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text())
        .isEqualTo(
            "{\"dryRun\":false,\"changes\":[{\"kind\":\"queue\",\"name\":\"%s\",\"action\":\"create\"}],\"unchanged\":0}"
                .formatted(fresh));
    assertThat(client.get("/v1/queues/" + fresh).at("maxAttempts")).isEqualTo("3");
  }

  @Test
  void changes_what_differs_and_names_the_fields() {
    var answer = client.put(PATH, document("{\"lease\":\"PT2M\",\"onExpiry\":\"drop\"}"));

    assertThat(answer.each("changes", "action")).containsExactly("change");
    assertThat(answer.json().at("/changes/0/fields").toString())
        .isEqualTo("[\"lease\",\"onExpiry\"]");
    assertThat(client.get("/v1/queues/" + queue).at("lease")).isEqualTo("PT2M");
  }

  @Test
  void second_time_changes_nothing() {
    String changedAt = client.get("/v1/queues/" + queue).at("changedAt");

    var answer = client.put(PATH, document("{\"lease\":\"PT1M\"}"));

    assertThat(answer.text()).isEqualTo("{\"dryRun\":false,\"changes\":[],\"unchanged\":1}");
    assertThat(client.get("/v1/queues/" + queue).at("changedAt")).isEqualTo(changedAt);
  }

  @Test
  void dry_run_shows_the_difference_and_changes_nothing() {
    var answer = client.put(PATH + "?dryRun=true", document("{\"lease\":\"PT2M\"}"));

    assertThat(answer.at("dryRun")).isEqualTo("true");
    assertThat(answer.each("changes", "name")).containsExactly(queue);
    assertThat(client.get("/v1/queues/" + queue).at("lease")).isEqualTo("PT1M");
  }

  @Test
  void nothing_is_changed_when_anything_is_refused() {
    client.post("/v1/queues/" + queue + "/messages", "{\"payload\":1}");
    String fresh = queue + "-new";

    var answer =
        client.put(
            PATH,
            "{\"queues\":{\"%s\":{},\"%s\":{\"ordering\":\"group\"}}}".formatted(fresh, queue));

    assertProblem(answer, ProblemType.ORDERING_FIXED).names("queue", queue);
    assertThat(client.get("/v1/queues/" + fresh).status()).isEqualTo(404);
  }

  @Test
  void reads_yaml_too() {
    String fresh = queue + "-yaml";
    String yaml =
        """
        # What the shop needs
        queues:
          %s:
          %s: { lease: PT3M, retry: { strategy: list, delays: [PT1S, PT10S] } }
        """
            .formatted(fresh, queue);

    var answer = putYaml(yaml);

    assertThat(answer.each("changes", "action")).containsExactly("create", "change");
    assertThat(client.get("/v1/queues/" + queue).at("retry/delays/1")).isEqualTo("PT10S");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"queues\":{\"a\":{\"leas\":1}}}|queues.a.leas",
        "{\"queues\":{\"a\":{\"lease\":1}}}|queues.a.lease",
        "{\"queues\":{\"a\":{\"maxAttempts\":0}}}|queues.a.maxAttempts",
        "{\"queues\":{\"A\":{}}}|queues.A.queue",
        "{\"queues\":{\"a\":{},\"a\":{}}}|queues.a",
        "{\"queues\":[]}|queues",
        "{\"queue\":{}}|queue",
      })
  void bad_documents_are_refused_by_field(String body, String field) {
    var answer = client.put(PATH, body);

    assertProblem(answer, ProblemType.INVALID_REQUEST).names("field", field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"queues: [|not valid YAML", "queues: &a {x: *a}|anchors", "a: !!int 3|anchors"})
  void bad_yaml_is_refused(String yaml, String why) {
    var answer = putYaml(yaml);

    assertProblem(answer, ProblemType.INVALID_REQUEST);
    assertThat(answer.at("detail")).contains(why);
  }
}
