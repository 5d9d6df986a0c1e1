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
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class SettleResourceTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  private String received(String queue) {
    return received(queue, "{}");
  }

  private String received(String queue, String wish) {
    client.post("/v1/queues/" + queue + "/messages", "{\"payload\":1}");
    return client.post("/v1/queues/" + queue + "/receive", wish).at("deliveries/0/receipt");
  }

  private Answer settle(String queue, String operation, String others, String... receipts) {
    String list =
        List.of(receipts).stream().map(r -> "\"" + r + "\"").collect(Collectors.joining(","));
    return client.post(
        "/v1/queues/" + queue + "/" + operation, "{\"receipts\":[" + list + "]" + others + "}");
  }

  private static String outcome(String receipt, String outcome) {
    return "{\"results\":[{\"receipt\":\"" + receipt + "\",\"outcome\":\"" + outcome + "\"}]}";
  }

  private Answer stats(String queue) {
    return client.get("/v1/queues/" + queue + "/stats");
  }

  @Test
  void ack_ends_a_message_for_good() {
    String queue = client.queue();
    String receipt = received(queue);

    assertThat(settle(queue, "ack", "", receipt).text()).isEqualTo(outcome(receipt, "acked"));
    assertThat(settle(queue, "ack", "", receipt).at("results/0/outcome")).isEqualTo("lease-lost");
    assertThat(stats(queue).text())
        .startsWith("{\"available\":0,\"delayed\":0,\"leased\":0,\"dead\":0");
  }

  @Test
  void every_receipt_has_its_own_outcome() {
    String queue = client.queue();
    String other = client.queue();
    String mine = received(queue);
    String theirs = received(other);

    Answer answer = settle(queue, "ack", "", "nonsense", mine, theirs, "ü\\n", "");

    assertThat(answer.each("results", "receipt"))
        .containsExactly("nonsense", mine, theirs, "ü\n", "");
    assertThat(answer.each("results", "outcome").subList(0, 2)).containsExactly("unknown", "acked");
    assertThat(answer.at("results/2/outcome")).isIn("unknown", "lease-lost");
    assertThat(stats(other).at("leased")).isEqualTo("1");
  }

  @Test
  void receipt_given_twice_is_settled_once() {
    String queue = client.queue();
    String receipt = received(queue);

    Answer answer = settle(queue, "ack", "", receipt, receipt);

    assertThat(answer.json().get("results")).hasSize(2);
    assertThat(answer.at("results/0/outcome")).isEqualTo("acked");
  }

  @Test
  void extend_makes_the_lease_longer() {
    String queue = client.queue();
    String receipt = received(queue, "{\"lease\":\"PT1S\"}");

    assertThat(settle(queue, "extend", ",\"lease\":\"PT10M\"", receipt).text())
        .isEqualTo(outcome(receipt, "extended"));
    assertThat(client.post("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT2S\"}").text())
        .isEqualTo("{\"deliveries\":[]}");
    assertThat(settle(queue, "ack", "", receipt).at("results/0/outcome")).isEqualTo("acked");
  }

  @Test
  void release_gives_the_message_and_its_attempt_back() {
    String queue = client.queue();
    String receipt = received(queue);

    assertThat(settle(queue, "release", "", receipt).text())
        .isEqualTo(outcome(receipt, "released"));
    assertThat(client.post("/v1/queues/" + queue + "/receive", "").at("deliveries/0/attempt"))
        .isEqualTo("1");
    assertThat(settle(queue, "ack", "", receipt).at("results/0/outcome")).isEqualTo("lease-lost");
  }

  @Test
  void release_may_delay() {
    String queue = client.queue();

    settle(queue, "release", ",\"delay\":\"PT1H\"", received(queue));

    assertThat(stats(queue).text()).startsWith("{\"available\":0,\"delayed\":1");
  }

  @Test
  void reject_follows_the_retry_policy_until_the_message_is_dead() {
    String queue = client.queue("{\"maxAttempts\":2,\"retry\":{\"strategy\":\"none\"}}");
    String first = received(queue);
    assertThat(settle(queue, "reject", ",\"reason\":\"boom\"", first).text())
        .isEqualTo(outcome(first, "rejected"));

    Answer again = client.post("/v1/queues/" + queue + "/receive", "");
    assertThat(again.at("deliveries/0/attempt")).isEqualTo("2");
    String second = again.at("deliveries/0/receipt");

    assertThat(settle(queue, "reject", ",\"reason\":\"boom\"", second).text())
        .isEqualTo(outcome(second, "dead"));
    assertThat(stats(queue).text())
        .startsWith("{\"available\":0,\"delayed\":0,\"leased\":0,\"dead\":1");
  }

  @Test
  void permanent_reject_is_dead_at_once() {
    String queue = client.queue();
    String receipt = received(queue);

    assertThat(settle(queue, "reject", ",\"permanent\":true", receipt).text())
        .isEqualTo(outcome(receipt, "dead"));
  }

  @Test
  void lease_that_ran_out_is_lost() {
    String queue = client.queue("{\"retry\":{\"strategy\":\"none\"}}");
    String receipt = received(queue, "{\"lease\":\"PT0.2S\"}");

    Answer again = client.post("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT10S\"}");

    assertThat(again.at("deliveries/0/attempt")).isEqualTo("2");
    for (String operation : List.of("ack", "release", "reject")) {
      assertThat(settle(queue, operation, "", receipt).at("results/0/outcome"))
          .isEqualTo("lease-lost");
    }
    assertThat(settle(queue, "extend", ",\"lease\":\"PT1M\"", receipt).at("results/0/outcome"))
        .isEqualTo("lease-lost");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ack", "extend", "release", "reject"})
  void receipts_are_read_strictly(String operation) {
    String path = "/v1/queues/" + client.queue() + "/" + operation;
    String lease = operation.equals("extend") ? "\"lease\":\"PT1S\"," : "";

    for (String receipts : List.of("\"x\"", "[]", "{}", "null", "5")) {
      assertProblem(
              client.post(path, "{" + lease + "\"receipts\":" + receipts + "}"),
              ProblemType.INVALID_REQUEST)
          .names("field", "receipts");
    }
    for (String receipt : List.of("5", "null", "[\"x\"]")) {
      assertProblem(
              client.post(path, "{" + lease + "\"receipts\":[\"x\"," + receipt + "]}"),
              ProblemType.INVALID_REQUEST)
          .names("field", "receipts[1]");
    }
    assertProblem(
            client.post(path, "{" + lease + "\"receipts\":[\"x\"],\"foo\":1}"),
            ProblemType.INVALID_REQUEST)
        .names("field", "foo");
    assertProblem(client.post(path, "{\"receipts\":[\"x\""), ProblemType.MALFORMED_JSON);
    assertProblem(client.post(path, ""), ProblemType.INVALID_REQUEST);
  }

  @Test
  void thousand_receipts_are_the_most() {
    String queue = client.queue();
    String[] receipts = new String[1001];
    Arrays.fill(receipts, "x");

    assertThat(settle(queue, "ack", "", Arrays.copyOf(receipts, 1000)).json().get("results"))
        .hasSize(1000);
    assertProblem(settle(queue, "ack", "", receipts), ProblemType.INVALID_REQUEST)
        .names("field", "receipts")
        .says("'receipts' must have at most 1,000 entries.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ack | ,`lease`:`PT1S` | lease",
        "extend |  | lease",
        "extend | ,`lease`:null | lease",
        "extend | ,`lease`:`PT0S` | lease",
        "extend | ,`lease`:`PT13H` | lease",
        "release | ,`delay`:`PT-1S` | delay",
        "release | ,`delay`:5 | delay",
        "reject | ,`reason`:5 | reason",
        "reject | ,`reason`:`\\u0000` | reason",
        "reject | ,`reason`:`a\\ud800` | reason",
        "reject | ,`permanent`:`true` | permanent",
        "reject | ,`permanent`:1 | permanent",
      },
      quoteCharacter = '~')
  void wrong_settlement_is_refused_by_field(String operation, String others, String field) {
    String fields = others == null ? "" : others.replace('`', '"');

    assertProblem(settle(client.queue(), operation, fields, "x"), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void long_reason_is_refused() {
    String queue = client.queue();

    assertThat(settle(queue, "reject", ",\"reason\":\"" + "x".repeat(4096) + "\"", "y").status())
        .isEqualTo(200);
    assertProblem(
            settle(queue, "reject", ",\"reason\":\"" + "x".repeat(4097) + "\"", "y"),
            ProblemType.INVALID_REQUEST)
        .names("field", "reason");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\u0000b", "\\ud800", "\\udc00x", "é", ""})
  void receipt_that_cannot_be_ours_is_unknown_and_leaves_its_neighbours_alone(String strange) {
    String queue = client.queue();
    String good = received(queue);

    Answer acked = settle(queue, "ack", "", strange, good);

    assertThat(acked.text())
        .isEqualTo(
            "{\"results\":[{\"receipt\":\"%s\",\"outcome\":\"unknown\"},{\"receipt\":\"%s\",\"outcome\":\"acked\"}]}"
                .formatted(strange, good));
  }
}
