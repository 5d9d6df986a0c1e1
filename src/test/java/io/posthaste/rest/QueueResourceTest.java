package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class QueueResourceTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @Test
  void put_creates_with_the_documented_defaults_and_changes_after() {
    String queue = client.queue();
    String path = "/v1/queues/" + queue;

    Answer created = client.get(path);
    assertThat(created.status()).isEqualTo(200);
    assertThat(created.text())
        .startsWith(
            "{\"name\":\""
                + queue
                + "\",\"provider\":\"postgres\",\"lease\":\"PT30S\",\"maxAttempts\":5,"
                + "\"retry\":{\"strategy\":\"exponential\",\"initial\":\"PT1S\",\"max\":\"PT5M\","
                + "\"multiplier\":2,\"jitter\":0.2},\"retention\":\"P14D\",\"onExpiry\":\"dead-letter\","
                + "\"ordering\":\"none\",\"deduplicationWindow\":\"PT5M\",\"maxMessageSize\":1048576,");

    Answer changed = client.put(path, "{\"lease\":\"PT1M\",\"retention\":\"P14D\"}");
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.at("lease")).isEqualTo("PT1M");
    assertThat(changed.at("createdAt")).isEqualTo(created.at("createdAt"));
    assertThat(client.put(path, "{}").at("lease")).as("a PUT replaces").isEqualTo("PT30S");
    assertThat(client.put(path, "").status()).as("no body").isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'strategy':'none'} | {'strategy':'none'}",
        "{'strategy':'fixed','initial':'PT0.1S','jitter':0} | {'strategy':'fixed','initial':'PT0.1S','jitter':0}",
        "{'strategy':'linear','initial':'PT2S','max':'PT10M'} | {'strategy':'linear','initial':'PT2S','max':'PT10M','jitter':0.2}",
        "{'strategy':'exponential','multiplier':3} | {'strategy':'exponential','initial':'PT1S','max':'PT5M','multiplier':3,'jitter':0.2}",
        "{'strategy':'list','delays':['PT1S','PT10S']} | {'strategy':'list','delays':['PT1S','PT10S'],'jitter':0}",
      },
      quoteCharacter = '`')
  void every_retry_strategy_is_echoed(String sent, String echoed) {
    String queue = client.queue("{\"retry\":" + sent.replace('\'', '"') + "}");

    assertThat(client.get("/v1/queues/" + queue).json().get("retry").toString())
        .isEqualTo(echoed.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{`foo`:1} | foo",
        "{`foo`:null} | foo",
        "{`retry`:{`foo`:1}} | retry.foo",
        "{`retry`:5} | retry",
        "{`retry`:{`strategy`:`sometimes`}} | retry.strategy",
        "{`retry`:{`strategy`:`none`,`max`:`PT1S`}} | retry.max",
        "{`retry`:{`strategy`:`none`,`jitter`:0.5}} | retry.jitter",
        "{`retry`:{`strategy`:`list`}} | retry.delays",
        "{`retry`:{`strategy`:`list`,`delays`:[`PT1S`,`x`]}} | retry.delays[1]",
        "{`retry`:{`multiplier`:1e999}} | retry.multiplier",
        "{`retry`:{`jitter`:2}} | retry.jitter",
        "{`retry`:{`jitter`:`0.5`}} | retry.jitter",
        "{`lease`:`PT1S`,`lease`:`PT1S`} | lease",
        "{`lease`:30} | lease",
        "{`lease`:`30s`} | lease",
        "{`lease`:`PT1H-30M`} | lease",
        "{`lease`:`PT30,5S`} | lease",
        "{`lease`:`+PT30S`} | lease",
        "{`lease`:`pt30s`} | lease",
        "{`retry`:{`initial`:`PT0.0000001S`}} | retry.initial",
        "{`lease`:`PT0S`} | lease",
        "{`lease`:`PT13H`} | lease",
        "{`maxAttempts`:1.5} | maxAttempts",
        "{`maxAttempts`:`5`} | maxAttempts",
        "{`maxAttempts`:[1]} | maxAttempts",
        "{`maxAttempts`:0} | maxAttempts",
        "{`maxAttempts`:99999999999999999999} | maxAttempts",
        "{`maxMessageSize`:16777217} | maxMessageSize",
        "{`retention`:`PT0S`} | retention",
        "{`onExpiry`:`keep`} | onExpiry",
        "{`ordering`:`fifo`} | ordering",
        "{`deduplicationWindow`:`P8D`} | deduplicationWindow",
        "{`provider`:7} | provider",
      },
      quoteCharacter = '~')
  void wrong_policy_is_refused_by_field(String policy, String field) {
    assertProblem(
            client.put("/v1/queues/never", policy.replace('`', '"')), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void null_counts_as_absent() {
    String queue = client.queue("{\"lease\":null,\"retry\":null}");

    assertThat(client.get("/v1/queues/" + queue).at("lease")).isEqualTo("PT30S");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{", "{\"lease\":", "{\"lease\" 5}", "{} {}", "nonsense", "{\"a\":01}", "{'a':1}"})
  void malformed_json_is_a_problem(String body) {
    assertProblem(client.put("/v1/queues/never", body), ProblemType.MALFORMED_JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1]", "5", "\"text\"", "null", "true"})
  void body_that_is_no_object_is_a_problem(String body) {
    assertProblem(client.put("/v1/queues/never", body), ProblemType.INVALID_REQUEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPPER",
        "-a",
        ".a",
        "a%2Fb",
        "a%20b",
        "a%00",
        "%ff",
        "%C3%BC",
        "posthaste.x",
        "amq.x",
        "a1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
      })
  void bad_name_is_a_problem_for_every_operation(String name) {
    String path = "/v1/queues/" + name;
    List<Answer> answers = new ArrayList<>();
    answers.add(client.put(path, "{}"));
    answers.add(client.get(path));
    answers.add(client.delete(path));
    answers.add(client.get(path + "/stats"));
    answers.add(client.get(path + "/messages"));
    for (String operation :
        List.of(
            "messages",
            "messages/batch",
            "receive",
            "ack",
            "extend",
            "release",
            "reject",
            "purge")) {
      answers.add(client.post(path + "/" + operation, "{}"));
    }

    assertThat(answers)
        .allSatisfy(
            answer -> assertProblem(answer, ProblemType.INVALID_REQUEST).names("field", "queue"));
  }

  @Test
  void dots_are_no_way_up() {
    assertProblem(client.put("/v1/queues/%2e%2e", "{}"), ProblemType.NOT_FOUND);
  }

  @Test
  void name_may_come_percent_encoded() {
    String queue = client.queue();

    assertThat(client.get("/v1/queues/%71" + queue.substring(1)).at("name")).isEqualTo(queue);
  }

  @Test
  void missing_queue_is_a_problem_for_every_operation() {
    String path = "/v1/queues/missing";
    List<Answer> answers = new ArrayList<>();
    answers.add(client.get(path));
    answers.add(client.delete(path));
    answers.add(client.get(path + "/stats"));
    answers.add(client.get(path + "/messages"));
    answers.add(client.post(path + "/messages", "{\"payload\":1}"));
    answers.add(client.post(path + "/messages/batch", "{\"messages\":[{\"payload\":1}]}"));
    answers.add(client.post(path + "/receive", ""));
    answers.add(client.post(path + "/purge", ""));
    answers.add(client.post(path + "/extend", "{\"receipts\":[\"x\"],\"lease\":\"PT1S\"}"));
    for (String operation : List.of("ack", "release", "reject")) {
      answers.add(client.post(path + "/" + operation, "{\"receipts\":[\"x\"]}"));
    }

    assertThat(answers)
        .allSatisfy(
            answer -> assertProblem(answer, ProblemType.QUEUE_NOT_FOUND).names("queue", "missing"));
  }

  @Test
  void unknown_provider_is_refused() {
    assertProblem(
            client.put("/v1/queues/never", "{\"provider\":\"kafka\"}"),
            ProblemType.UNKNOWN_PROVIDER)
        .names("queue", "never")
        .names("field", "provider");
  }

  @Test
  void ordering_changes_only_while_there_are_no_messages() {
    String queue = client.queue();
    client.post("/v1/queues/" + queue + "/messages", "{\"payload\":1}");
    String grouped = "{\"ordering\":\"group\"}";

    assertProblem(client.put("/v1/queues/" + queue, grouped), ProblemType.ORDERING_FIXED)
        .names("queue", queue)
        .names("field", "ordering");
    client.post("/v1/queues/" + queue + "/purge", "");
    assertThat(client.put("/v1/queues/" + queue, grouped).status()).isEqualTo(200);
  }

  @Test
  void list_goes_on_at_the_cursor() {
    for (int i = 0; i < 5; i++) {
      client.put("/v1/queues/list-" + i, "{}");
    }
    List<String> names = new ArrayList<>();
    String next = "list";
    while (names.size() < 5) {
      Answer page = client.get("/v1/queues?limit=2&cursor=" + next);
      assertThat(page.json().get("items").size()).isLessThanOrEqualTo(2);
      names.addAll(page.each("items", "name"));
      next = page.json().path("next").asText("end");
    }

    assertThat(names.subList(0, 5))
        .containsExactly("list-0", "list-1", "list-2", "list-3", "list-4");
  }

  @Test
  void last_page_has_no_next() {
    Answer page = client.get("/v1/queues?limit=1000&cursor=zzzzzz");

    assertThat(page.text()).isEqualTo("{\"items\":[]}");
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0,limit",
    "limit=1001,limit",
    "limit=x,limit",
    "limit=%2B5,limit",
    "cursor=UP,cursor"
  })
  void wrong_parameter_is_refused_by_name(String query, String field) {
    assertProblem(client.get("/v1/queues?" + query), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void queue_with_messages_is_deleted_by_force_only() {
    String path = "/v1/queues/" + client.queue();
    client.post(path + "/messages", "{\"payload\":1}");

    assertProblem(client.delete(path), ProblemType.QUEUE_NOT_EMPTY);
    assertProblem(client.delete(path + "?force=false"), ProblemType.QUEUE_NOT_EMPTY);
    assertProblem(client.delete(path + "?force=yes"), ProblemType.INVALID_REQUEST)
        .names("field", "force");
    assertThat(client.delete(path + "?force=true").status()).isEqualTo(204);
    assertProblem(client.get(path), ProblemType.QUEUE_NOT_FOUND);
  }

  @Test
  void empty_queue_is_deleted() {
    assertThat(client.delete("/v1/queues/" + client.queue()).status()).isEqualTo(204);
  }

  @Test
  void stats_count_by_state() {
    String path = "/v1/queues/" + client.queue();
    assertThat(client.get(path + "/stats").text())
        .startsWith("{\"available\":0,\"delayed\":0,\"leased\":0,\"dead\":0");
    client.post(path + "/messages", "{\"payload\":1}");
    client.post(path + "/messages", "{\"payload\":2}");
    client.post(path + "/messages", "{\"payload\":3,\"delay\":\"PT1H\"}");
    client.post(path + "/receive", "");

    Answer stats = client.get(path + "/stats");

    assertThat(stats.text()).startsWith("{\"available\":1,\"delayed\":1,\"leased\":1,\"dead\":0");
    assertThat(stats.at("oldestAge")).startsWith("PT");
  }

  @Test
  void purge_removes_what_is_not_leased() {
    String path = "/v1/queues/" + client.queue();
    client.post(
        path + "/messages/batch",
        "{\"messages\":[{\"payload\":1},{\"payload\":2},{\"payload\":3}]}");
    client.post(path + "/receive", "");

    assertThat(client.post(path + "/purge", "{}").text()).isEqualTo("{\"purged\":2}");
    assertProblem(client.post(path + "/purge", "{\"x\":1}"), ProblemType.INVALID_REQUEST)
        .names("field", "x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{`retry`:{`jitter`:NaN}} | The body is not valid JSON (line 1, column 23).",
        "{/*x*/} | The body is not valid JSON (line 1, column 2).",
        "{`a` | The body is not valid JSON: it ends too early (line 1, column 5).",
        "{`maxAttempts`:99999999999} | 'maxAttempts' must be a whole number from 1 to 1000.",
        "{`maxAttempts`:1001} | 'maxAttempts' must be a whole number from 1 to 1000.",
      },
      quoteCharacter = '~')
  void what_is_wrong_is_said_in_words_of_our_own(String body, String detail) {
    assertThat(client.put("/v1/queues/never", body.replace('`', '"')).at("detail"))
        .isEqualTo(detail);
  }

  @Test
  void endlessly_nested_json_is_malformed() {
    assertProblem(
            client.post(
                "/v1/queues/" + client.queue() + "/messages/batch",
                "{\"messages\":[{\"payload\":" + "[".repeat(100_001)),
            ProblemType.MALFORMED_JSON)
        .says("it is nested more than 100,000 levels deep");
  }
}
