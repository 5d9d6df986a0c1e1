package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpRequest;
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
    return client.send(yaml(PATH, yaml));
  }

  private HttpRequest yaml(String path, String yaml) {
    byte[] body = yaml.getBytes(StandardCharsets.UTF_8);
    return client.request("PUT", path, body).setHeader("Content-Type", "application/yaml").build();
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

  private String withTime(String cron, String dates) {
    String text =
        """
        schedules:
          nightly-NAME:
            cron: CRON
            timezone: Europe/Berlin
            exclude: [holidays-NAME]
            target: { queue: NAME-night }
            message: { payload: { report: daily }, ttl: PT1H }
        calendars:
          holidays-NAME: { dates: [DATES] }
        queues:
          NAME-night:
        """;
    return text.replace("NAME", queue).replace("CRON", cron).replace("DATES", dates);
  }

  @Test
  void schedules_are_made_with_the_queues_and_calendars_that_they_need() {
    String document = withTime("0 2 * * *", "2027-12-25");

    var dry = client.send(yaml(PATH + "?dryRun=true", document));
    var made = putYaml(document);
    var again = putYaml(document);

    assertThat(dry.each("changes", "kind")).containsExactly("calendar", "queue", "schedule");
    assertThat(made.text()).isEqualTo(dry.text().replace("\"dryRun\":true", "\"dryRun\":false"));
    assertThat(again.text()).isEqualTo("{\"dryRun\":false,\"changes\":[],\"unchanged\":3}");
    assertThat(client.get("/v1/schedules/nightly-" + queue).at("message/payload/report"))
        .isEqualTo("daily");
    assertThat(client.get("/v1/calendars/holidays-" + queue).at("dates/0")).isEqualTo("2027-12-25");
  }

  @Test
  void changed_schedules_and_calendars_are_told_by_field_and_unchanged_ones_go_on() {
    putYaml(withTime("0 2 * * *", "2027-12-25"));
    String schedule = "/v1/schedules/nightly-" + queue;
    client.post(schedule + "/pause", "");

    var dates = putYaml(withTime("0 2 * * *", "2027-12-26"));
    String untouched = client.get(schedule).at("changedAt");
    var times =
        putYaml(withTime("0 3 * * *", "2027-12-26").replace("report: daily", "report: nightly"));

    assertThat(dates.each("changes", "kind")).containsExactly("calendar");
    assertThat(dates.json().at("/changes/0/fields").toString()).isEqualTo("[\"dates\"]");
    assertThat(times.each("changes", "kind")).containsExactly("schedule");
    assertThat(times.json().at("/changes/0/fields").toString()).isEqualTo("[\"cron\",\"message\"]");
    assertThat(client.get(schedule).at("state")).isEqualTo("paused");
    assertThat(client.get(schedule).at("changedAt")).isNotEqualTo(untouched);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 2 * * *|exclude: [holidays-NAME]|exclude: [nowhere]|exclude[0]",
        "0 2 30 2 *|x|x|cron",
        "0 2 * * *|NAME-night }|no-such-queue }|-",
        "0 2 * * *|cron: 0 2 * * *|at: 2001-01-01T00:00|at",
        "0 2 * * *|Europe/Berlin|Europe/Berlim|timezone",
        "0 2 * * *|ttl: PT1H|delay: PT1H|message.delay",
      })
  void mistake_in_a_schedule_is_named_by_its_place_and_nothing_is_made(
      String cron, String text, String instead, String field) {
    String document = withTime(cron, "2027-12-25").replace(text.replace("NAME", queue), instead);

    var answer = putYaml(document);

    assertThat(answer.status()).isIn(400, 404);
    assertThat(answer.at("field"))
        .isEqualTo("schedules.nightly-" + queue + (field.equals("-") ? "" : "." + field));
    assertThat(client.get("/v1/queues/" + queue + "-night").status()).isEqualTo(404);
    assertThat(client.get("/v1/calendars/holidays-" + queue).status()).isEqualTo(404);
  }

  @Test
  void payload_is_held_against_the_size_that_the_document_gives_its_queue() {
    String document =
        withTime("0 2 * * *", "2027-12-25")
            .replace(
                "  " + queue + "-night:\n", "  " + queue + "-night: { maxMessageSize: 1024 }\n");

    var answer = putYaml(document.replace("report: daily", "report: " + "x".repeat(1100)));

    assertProblem(answer, ProblemType.PAYLOAD_TOO_LARGE)
        .names("field", "schedules.nightly-" + queue);
    assertThat(client.get("/v1/queues/" + queue + "-night").status()).isEqualTo(404);
  }

  @Test
  void exchanges_and_bindings_are_refused_where_the_broker_is_not_managed() {
    for (String document :
        new String[] {
          "{\"queues\":{\"%s-new\":{}},\"exchanges\":{\"x\":{}}}".formatted(queue),
          "{\"bindings\":[{\"exchange\":\"x\",\"queue\":\"%s\"}]}".formatted(queue)
        }) {
      var answer = client.put(PATH, document);

      assertProblem(answer, ProblemType.PROVIDER_DISABLED);
      assertThat(answer.at("detail")).contains("POSTHASTE_MANAGEMENT_ENABLED=true");
    }
    assertThat(client.get("/v1/queues/" + queue + "-new").status()).isEqualTo(404);
  }

  @Test
  void queue_of_a_provider_that_is_turned_off_is_named_with_its_setting() {
    var answer =
        client.put(
            PATH,
            "{\"queues\":{\"%s-a\":{},\"%s-b\":{\"provider\":\"rabbitmq\"}}}"
                .formatted(queue, queue));

    assertProblem(answer, ProblemType.PROVIDER_DISABLED).names("field", "queues." + queue + "-b");
    assertThat(answer.at("detail")).contains("POSTHASTE_RABBITMQ_URL");
    assertThat(client.get("/v1/queues/" + queue + "-a").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"queues\":{\"a\":{\"leas\":1}}}|queues.a.leas",
        "{\"queues\":{\"a\":{\"lease\":1}}}|queues.a.lease",
        "{\"queues\":{\"a\":{\"maxAttempts\":0}}}|queues.a.maxAttempts",
        "{\"queues\":{\"A\":{}}}|queues.A",
        "{\"queues\":{\"a\":{},\"a\":{}}}|queues.a",
        "{\"calendars\":{\"A b\":{\"dates\":[]}}}|calendars.A b",
        "{\"schedules\":{\"A b\":{}}}|schedules.A b",
        "{\"queues\":{\"a\":{\"consumers\":{\"A b\":{}}}}}|queues.a.consumers.A b",
        "{\"schedules\":{\"a\":{\"target\":{\"queue\":\"NOPE\"}}}}|schedules.a.target.queue",
        "{\"queues\":[]}|queues",
        "{\"queue\":{}}|queue",
        "{\"calendars\":{\"a\":{\"date\":[]}}}|calendars.a.date",
        "{\"calendars\":{\"a\":{\"dates\":[\"2027-02-30\"]}}}|calendars.a.dates[0]",
        "{\"calendars\":{\"a\":null}}|calendars.a.dates",
        "{\"schedules\":{\"a\":{}}}|schedules.a.target",
        "{\"schedules\":{\"a\":{\"crom\":1}}}|schedules.a.crom",
        "{\"schedules\":{\"a\":{\"missed\":{\"mx\":1}}}}|schedules.a.missed.mx",
        "{\"exchanges\":{\"a\":{\"typ\":1}}}|exchanges.a.typ",
        "{\"exchanges\":{\"a\":{\"name\":\"b\"}}}|exchanges.a.name",
        "{\"exchanges\":{\"a\":{\"type\":\"topik\"}}}|exchanges.a.type",
        "{\"exchanges\":{\"amq.a\":{}}}|exchanges.amq.a",
        "{\"exchanges\":{\"a\":{\"arguments\":{\"alternate-exchange\":1}}}}|exchanges.a.arguments.alternate-exchange",
        "{\"bindings\":{}}|bindings",
        "{\"bindings\":[{\"exchange\":\"a\",\"queue\":\"b\"},{\"exchange\":\"a\"}]}|bindings[1].queue",
        "{\"bindings\":[{\"exchange\":\"a\",\"queue\":\"b\",\"key\":\"c\"}]}|bindings[0].key",
        "{\"bindings\":[{\"exchange\":\"a\",\"queue\":\"b\"},{\"queue\":\"b\",\"exchange\":\"a\"}]}|bindings[1]",
      })
  void bad_documents_are_refused_by_field(String body, String field) {
    var answer = client.put(PATH, body);

    assertProblem(answer, ProblemType.INVALID_REQUEST).names("field", field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "queues: [|The body is not valid YAML (line 1, column",
        "queues: &a {x: *a}|anchors",
        "a: !!int 3|anchors"
      })
  void bad_yaml_is_refused(String yaml, String why) {
    var answer = putYaml(yaml);

    assertProblem(answer, ProblemType.INVALID_REQUEST);
    assertThat(answer.at("detail")).contains(why);
  }
}
