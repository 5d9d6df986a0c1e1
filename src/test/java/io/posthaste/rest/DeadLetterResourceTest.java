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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class DeadLetterResourceTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
    queue = client.queue();
  }

  private static final String NOBODY = "01996b5e-0000-7000-8000-000000000000";

  private String queue;

  /** A message that was rejected for good; its id. */
  private String dead(String message, String reason) {
    String id = client.post("/v1/queues/" + queue + "/messages", message).at("id");
    String receipt = client.post("/v1/queues/" + queue + "/receive", "").at("deliveries/0/receipt");
    client.post(
        "/v1/queues/" + queue + "/reject",
        "{\"receipts\":[\"" + receipt + "\"],\"permanent\":true,\"reason\":\"" + reason + "\"}");
    return id;
  }

  @Test
  void dead_letter_has_payload_and_history() {
    String id = dead("{\"payload\":1.10,\"type\":\"t\"}", "boom");

    Answer letter = client.get("/v1/dead-letters/" + id);

    assertThat(letter.text())
        .contains("\"message\":{\"id\":\"" + id + "\",\"payload\":1.10,\"type\":\"t\"}");
    assertThat(letter.at("queue")).isEqualTo(queue);
    assertThat(letter.at("class")).isEqualTo("rejected-permanently");
    assertThat(letter.at("reason")).isEqualTo("boom");
    assertThat(letter.at("attempts")).isEqualTo("1");
    assertThat(letter.at("history/0/attempt")).isEqualTo("1");
    assertThat(letter.at("history/0/reason")).isEqualTo("boom");
  }

  @Test
  void list_is_filtered_and_goes_on_at_the_cursor() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ids.add(dead("{\"payload\":1,\"type\":\"t" + i + "\"}", "r" + i));
    }
    String mine = "/v1/dead-letters?queue=" + queue;

    Answer first = client.get(mine + "&limit=2");
    Answer second = client.get(mine + "&limit=2&cursor=" + first.at("next"));

    List<String> listed = new ArrayList<>(first.each("items", "id"));
    listed.addAll(second.each("items", "id"));
    assertThat(listed).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(second.json().has("next")).isFalse();
    assertThat(client.get(mine + "&type=t1").each("items", "id")).containsExactly(ids.get(1));
    assertThat(client.get(mine + "&reason=r2").each("items", "id")).containsExactly(ids.get(2));
    assertThat(client.get(mine + "&class=expired").text()).isEqualTo("{\"items\":[]}");
    assertThat(client.get(mine + "&class=rejected-permanently&attempts=1").each("items", "id"))
        .hasSize(3);
    assertThat(client.get(mine + "&from=2099-01-01T00:00:00Z").each("items", "id")).isEmpty();
    assertThat(client.get(mine + "&to=2099-01-01T00:00:00Z").each("items", "id")).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0,limit",
    "class=odd,class",
    "attempts=x,attempts",
    "from=yesterday,from",
    "to=1,to",
    "cursor=x,cursor",
    "queue=a%00,queue",
    "queue=NOPE,queue"
  })
  void wrong_filter_is_refused_by_name(String query, String field) {
    assertProblem(client.get("/v1/dead-letters?" + query), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @ParameterizedTest
  @CsvSource({"from=-999999999-01-01T00:00:00Z", "to=%2B999999999-01-01T00:00:00Z"})
  void times_out_of_range_are_no_defect(String query) {
    assertThat(client.get("/v1/dead-letters?" + query).status()).isLessThan(500);
  }

  @Test
  void unknown_dead_letter_is_a_problem() {
    assertProblem(client.get("/v1/dead-letters/" + NOBODY), ProblemType.DEAD_LETTER_NOT_FOUND)
        .names("messageId", NOBODY);
    assertProblem(client.delete("/v1/dead-letters/" + NOBODY), ProblemType.DEAD_LETTER_NOT_FOUND)
        .names("messageId", NOBODY);
    assertProblem(client.get("/v1/dead-letters/x"), ProblemType.INVALID_REQUEST)
        .names("field", "id");
    assertProblem(client.get("/v1/dead-letters/replays/" + NOBODY), ProblemType.REPLAY_NOT_FOUND);
  }

  @Test
  void dead_letters_are_deleted_by_id_and_by_filter() {
    String one = dead("{\"payload\":1}", "x");
    dead("{\"payload\":2}", "x");

    assertThat(client.delete("/v1/dead-letters/" + one).status()).isEqualTo(204);
    assertThat(client.delete("/v1/dead-letters?queue=" + queue).text())
        .isEqualTo("{\"deleted\":1}");
    assertProblem(client.delete("/v1/dead-letters"), ProblemType.INVALID_REQUEST);
  }

  private Answer finished(Answer replay) {
    assertThat(replay.status()).as(replay.text()).isEqualTo(202);
    String path = "/v1/dead-letters/replays/" + replay.at("id");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> client.get(path).at("state").equals("done"));
    return client.get(path);
  }

  @Test
  void replay_sends_back_with_attempt_one() {
    String id = dead("{\"payload\":1.10}", "boom");

    Answer dry =
        client.post("/v1/dead-letters/replay", "{\"ids\":[\"" + id + "\"],\"dryRun\":true}");
    assertThat(dry.status()).isEqualTo(200);
    assertThat(dry.text()).isEqualTo("{\"matched\":1}");
    Answer done = finished(client.post("/v1/dead-letters/replay", "{\"ids\":[\"" + id + "\"]}"));

    assertThat(done.at("replayed")).isEqualTo("1");
    Answer delivery = client.post("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT5S\"}");
    assertThat(delivery.at("deliveries/0/attempt")).isEqualTo("1");
    assertThat(delivery.at("deliveries/0/message/id")).isEqualTo(id);
    assertThat(delivery.text()).contains("\"payload\":1.10");
    assertThat(delivery.json().at("/deliveries/0/message/headers").toString()).contains(queue);
    assertProblem(client.get("/v1/dead-letters/" + id), ProblemType.DEAD_LETTER_NOT_FOUND);
  }

  @Test
  void replay_may_go_elsewhere_patched() {
    dead("{\"payload\":{\"a\":1.10,\"b\":2}}", "boom");
    String other = client.queue();

    finished(
        client.post(
            "/v1/dead-letters/replay",
            "{\"filter\":{\"queue\":\""
                + queue
                + "\"},\"to\":\""
                + other
                + "\",\"rate\":100,"
                + "\"patch\":{\"payload\":{\"b\":null,\"c\":3},\"headers\":{\"h\":\"1\"}}}"));

    Answer delivery = client.post("/v1/queues/" + other + "/receive", "{\"wait\":\"PT5S\"}");
    assertThat(delivery.text())
        .contains("\"payload\":{\"a\":1.10,\"c\":3}")
        .contains("\"h\":\"1\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | filter",
        "{`filter`:null} | filter",
        "{`filter`:{},`ids`:[]} | ids",
        "{`ids`:[]} | ids",
        "{`ids`:[`x`]} | ids[0]",
        "{`filter`:{`foo`:1}} | filter.foo",
        "{`filter`:{`class`:`x`}} | filter.class",
        "{`filter`:{`queue`:`NOPE`}} | filter.queue",
        "{`filter`:{`attempts`:`1`}} | filter.attempts",
        "{`filter`:{},`rate`:0} | rate",
        "{`filter`:{},`rate`:`1`} | rate",
        "{`filter`:{},`to`:`UP`} | to",
        "{`filter`:{},`patch`:{}} | patch",
        "{`filter`:{},`patch`:{`type`:1}} | patch.type",
        "{`filter`:{},`patch`:{`headers`:{`a`:1}}} | patch.headers",
        "{`filter`:{},`patch`:{`headers`:{``:`1`}}} | patch.headers",
        "{`filter`:{},`patch`:{`headers`:{`a`:`\\u0000`}}} | patch.headers.a",
        "{`filter`:{},`rate`:1e-300} | rate",
        "{`filter`:{},`rate`:0.0009} | rate",
        "{`filter`:{},`dryRun`:`yes`} | dryRun",
        "{`filter`:{},`foo`:1} | foo",
      },
      quoteCharacter = '~')
  void wrong_replay_is_refused_by_field(String order, String field) {
    assertProblem(
            client.post("/v1/dead-letters/replay", order.replace('`', '"')),
            ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void replay_to_a_queue_that_is_not_is_refused() {
    for (String dryRun : List.of("", ",\"dryRun\":true")) {
      assertProblem(
              client.post(
                  "/v1/dead-letters/replay", "{\"filter\":{},\"to\":\"missing\"" + dryRun + "}"),
              ProblemType.QUEUE_NOT_FOUND)
          .names("queue", "missing")
          .names("field", "to");
    }
  }

  @Test
  void replay_with_headers_that_no_message_can_have_is_refused() {
    for (String headers :
        List.of(
            "\"" + "x".repeat(256) + "\":\"\"",
            "\"a\":\"" + "x".repeat(8193) + "\"",
            "\"a\":\"\\ud800\"")) {
      assertProblem(
              client.post(
                  "/v1/dead-letters/replay",
                  "{\"filter\":{},\"patch\":{\"headers\":{" + headers + "}}}"),
              ProblemType.INVALID_REQUEST)
          .says("'patch.headers");
    }
  }

  @Test
  void time_with_a_bare_plus_sign_is_refused_with_the_way_to_write_it() {
    assertProblem(
            client.get("/v1/dead-letters?from=2030-01-01T00:00:00+01:00"),
            ProblemType.INVALID_REQUEST)
        .names("field", "from")
        .says("%2B");
    assertThat(client.get("/v1/dead-letters?from=2030-01-01T00:00:00%2B01:00").status())
        .isEqualTo(200);
  }

  @Test
  void names_beside_the_ids_are_no_ids() {
    for (String path : List.of("/v1/dead-letters/replay", "/v1/dead-letters/replay/")) {
      assertThat(client.get(path).header("Allow")).isEqualTo("POST");
      assertProblem(client.get(path), ProblemType.METHOD_NOT_ALLOWED);
      assertProblem(client.delete(path), ProblemType.METHOD_NOT_ALLOWED);
    }
    assertProblem(client.get("/v1/dead-letters/replays"), ProblemType.NOT_FOUND);
    assertProblem(client.get("/v1/dead-letters/replays/x"), ProblemType.INVALID_REQUEST)
        .says("must be a replay's id");
  }
}
