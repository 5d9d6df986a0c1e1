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
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class MessageResourceTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;
  private String path;

  @BeforeEach
  void connect() {
    client = new Client(base);
    path = "/v1/queues/" + client.queue() + "/messages";
  }

  private static final String NOBODY = "01996b5e-0000-7000-8000-000000000000";

  private String send(String message) {
    return client.post(path, message).at("id");
  }

  @Test
  void peek_shows_state_and_counts_no_attempt() {
    String available = send("{\"payload\":1.10,\"type\":\"t\"}");
    String delayed = send("{\"payload\":2,\"delay\":\"PT1H\"}");

    Answer peeked = client.get(path);

    assertThat(peeked.each("items", "id")).containsExactlyInAnyOrder(available, delayed);
    assertThat(peeked.each("items", "state")).containsExactlyInAnyOrder("available", "delayed");
    assertThat(peeked.each("items", "attempt")).containsOnly("0");
    assertThat(peeked.text()).contains("\"payload\":1.10,");
    assertThat(client.get(path + "?state=delayed").each("items", "id")).containsExactly(delayed);
    assertThat(client.get(path + "?state=leased").text()).isEqualTo("{\"items\":[]}");
    assertThat(client.get(path + "?limit=1").json().get("items")).hasSize(1);
    assertThat(client.post(path.replace("messages", "receive"), "").at("deliveries/0/attempt"))
        .isEqualTo("1");
    assertThat(client.get(path + "?state=leased").each("items", "id")).containsExactly(available);
  }

  @ParameterizedTest
  @CsvSource({"limit=0,limit", "limit=x,limit", "state=dead,state", "state=LEASED,state"})
  void wrong_parameter_is_refused_by_name(String query, String field) {
    assertProblem(client.get(path + "?" + query), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void message_is_read_by_id() {
    String id =
        send("{\"payload\":{\"b\":1,\"a\":2},\"delay\":\"PT1H\",\"headers\":{\"h\":\"1\"}}");

    Answer message = client.get(path + "/" + id);

    assertThat(message.status()).isEqualTo(200);
    assertThat(message.text())
        .startsWith(
            "{\"id\":\"" + id + "\",\"payload\":{\"b\":1,\"a\":2},\"headers\":{\"h\":\"1\"},");
    assertThat(message.at("state")).isEqualTo("delayed");
    assertThat(Instant.parse(message.at("due"))).isAfter(Instant.now().plusSeconds(3000));
  }

  @Test
  void due_time_is_changed() {
    String id = send("{\"payload\":1,\"delay\":\"PT1H\"}");
    Instant later = Instant.parse("2027-03-01T08:00:00Z");

    Answer changed = client.patch(path + "/" + id, "{\"deliverAt\":\"2027-03-01T09:00:00+01:00\"}");
    assertThat(changed.status()).as(changed.text()).isEqualTo(200);
    assertThat(Instant.parse(changed.at("due"))).isEqualTo(later);

    assertThat(client.patch(path + "/" + id, "{\"delay\":\"PT0S\"}").at("state"))
        .isEqualTo("available");
    assertThat(client.post(path.replace("messages", "receive"), "").at("deliveries/0/message/id"))
        .isEqualTo(id);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | deliverAt",
        "{`delay`:null} | deliverAt",
        "{`delay`:5} | delay",
        "{`priority`:5} | priority",
        "{`delay`:`PT1S`,`deliverAt`:`2027-03-01T09:00:00Z`} | deliverAt",
        "{`deliverAt`:`tomorrow`} | deliverAt",
      },
      quoteCharacter = '~')
  void wrong_change_is_refused_by_field(String change, String field) {
    String id = send("{\"payload\":1}");

    assertProblem(
            client.patch(path + "/" + id, change.replace('`', '"')), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void cancelled_message_is_gone() {
    String id = send("{\"payload\":1,\"delay\":\"PT1H\"}");

    assertThat(client.delete(path + "/" + id).status()).isEqualTo(204);
    assertProblem(client.get(path + "/" + id), ProblemType.MESSAGE_NOT_FOUND);
    assertProblem(client.delete(path + "/" + id), ProblemType.MESSAGE_NOT_FOUND);
  }

  @Test
  void leased_message_is_left_alone() {
    String id = send("{\"payload\":1}");
    client.post(path.replace("messages", "receive"), "");

    for (Answer answer :
        List.of(
            client.delete(path + "/" + id),
            client.patch(path + "/" + id, "{\"delay\":\"PT1S\"}"))) {
      assertProblem(answer, ProblemType.MESSAGE_LEASED).names("messageId", id);
    }
  }

  @Test
  void unknown_message_is_a_problem_with_its_id() {
    for (Answer answer :
        List.of(
            client.get(path + "/" + NOBODY),
            client.delete(path + "/" + NOBODY),
            client.patch(path + "/" + NOBODY, "{\"delay\":\"PT1S\"}"))) {
      assertProblem(answer, ProblemType.MESSAGE_NOT_FOUND).names("messageId", NOBODY);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"123", "1-1-1-1-1", "01996b5e-0000-7000-8000-00000000000g", "%20"})
  void wrong_id_is_refused(String id) {
    assertProblem(client.get(path + "/" + id), ProblemType.INVALID_REQUEST).names("field", "id");
    assertProblem(client.delete(path + "/" + id), ProblemType.INVALID_REQUEST).names("field", "id");
  }
}
