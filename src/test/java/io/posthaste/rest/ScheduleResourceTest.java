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
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class ScheduleResourceTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TestHTTPResource("/")
  URI base;

  private Client client;
  private String queue;
  private String name;
  private String path;

  @BeforeEach
  void connect() {
    client = new Client(base);
    queue = client.queue();
    name = "s-" + queue + "-" + NAMES.incrementAndGet();
    path = "/v1/schedules/" + name;
  }

  private String body(String timing) {
    return "{%s,\"target\":{\"queue\":\"%s\"},\"message\":{\"payload\":{\"n\":\"{{name}}\"}}}"
        .formatted(timing.replace('`', '"'), queue);
  }

  private Answer put(String timing) {
    return client.put(path, body(timing));
  }

  @Test
  void schedule_is_made_changed_read_and_deleted() {
    Answer made =
        client.put(
            path,
            """
            {"cron":"30 9 * * MON-FRI","timezone":"Europe/Berlin","limit":3,"jitter":"PT5M",
             "dst":{"gap":"skip","repeat":"both"},"missed":{"max":5},"overlap":"skip",
             "target":{"queue":"%s"},
             "message":{"payload":1.10,"type":"t","headers":{"a":"b"},"priority":3,"ttl":"PT1H",
                        "correlationId":"c"}}
            """
                .formatted(queue));

    assertThat(made.status()).as(made.text()).isEqualTo(201);
    Answer read = client.get(path);
    assertThat(read.text()).isEqualTo(made.text()).contains("\"payload\":1.10");
    assertThat(read.at("name")).isEqualTo(name);
    assertThat(read.at("cron")).isEqualTo("30 9 * * MON-FRI");
    assertThat(read.at("timezone")).isEqualTo("Europe/Berlin");
    assertThat(read.at("missed/max")).isEqualTo("5");
    assertThat(read.at("overlap")).isEqualTo("skip");
    assertThat(read.at("dst/repeat")).isEqualTo("both");
    assertThat(read.at("message/ttl")).isEqualTo("PT1H");
    assertThat(read.at("state")).isEqualTo("active");
    assertThat(read.at("fired")).isEqualTo("0");
    assertThat(Instant.parse(read.at("next"))).isAfter(Instant.now());
    assertThat(put("`every`:`PT1H`").status()).isEqualTo(200);
    assertThat(client.get(path).at("every")).isEqualTo("PT1H");
    assertThat(client.delete(path).status()).isEqualTo(204);
    assertProblem(client.get(path), ProblemType.SCHEDULE_NOT_FOUND).names("schedule", name);
    assertProblem(client.delete(path), ProblemType.SCHEDULE_NOT_FOUND).names("schedule", name);
  }

  @Test
  void schedule_sends_messages_with_its_headers() {
    put("`every`:`PT1S`");

    Answer delivery =
        client.post("/v1/queues/" + queue + "/receive", "{\"wait\":\"PT5S\",\"max\":1}");

    JsonNode message = delivery.json().at("/deliveries/0/message");
    assertThat(message.at("/payload/n").asText()).isEqualTo(name);
    assertThat(message.at("/headers/posthaste-schedule").asText()).isEqualTo(name);
    Instant planned = Instant.parse(message.at("/headers/posthaste-planned").asText());
    Instant fired = Instant.parse(message.at("/headers/posthaste-fired").asText());
    assertThat(fired).isBetween(planned, planned.plusMillis(800));
    Answer history = client.get(path + "/history?limit=1");
    assertThat(history.at("items/0/outcome")).isEqualTo("fired");
    client.delete(path);
  }

  @Test
  void pause_resume_trigger_next_and_history() {
    put("`every`:`PT1H`");

    assertThat(client.post(path + "/pause", "{}").at("state")).isEqualTo("paused");
    assertThat(client.get("/v1/schedules?state=paused&queue=" + queue).each("items", "name"))
        .containsExactly(name);
    Answer triggered = client.post(path + "/trigger", "");
    assertThat(triggered.status()).isEqualTo(201);
    assertThat(client.post(path + "/resume", "").at("state")).isEqualTo("active");
    client.post(path + "/trigger", "");

    Answer next = client.get(path + "/next?count=3");
    assertThat(next.each("occurrences", "due")).hasSize(3);
    assertThat(next.at("occurrences/0/due")).isEqualTo(client.get(path).at("next"));
    Answer first = client.get(path + "/history?limit=1");
    Answer second = client.get(path + "/history?limit=1&cursor=" + first.at("next"));
    assertThat(second.at("items/0/message")).isEqualTo(triggered.at("id"));
    assertThat(second.json().has("next")).isFalse();
    Answer delivery = client.post("/v1/queues/" + queue + "/receive", "");
    assertThat(delivery.at("deliveries/0/message/id")).isEqualTo(triggered.at("id"));
  }

  @Test
  void list_goes_on_at_the_cursor() {
    put("`every`:`PT1H`");
    client.put("/v1/schedules/" + name + "-b", body("`every`:`PT1H`"));

    Answer first = client.get("/v1/schedules?limit=1&prefix=" + name);
    Answer second =
        client.get("/v1/schedules?limit=1&prefix=" + name + "&cursor=" + first.at("next"));

    assertThat(first.each("items", "name")).containsExactly(name);
    assertThat(second.each("items", "name")).containsExactly(name + "-b");
    assertThat(second.json().has("next")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "`cron`:`61 * * * *` | cron",
        "`every`:`PT0.5S` | every",
        "`at`:`2020-01-01T00:00:00Z` | at",
        "`every`:`PT1H`,`end`:`2020-01-01T00:00:00Z` | end",
        "`every`:`PT1H`,`timezone`:`+01:00` | timezone",
        "`every`:`PT1H`,`timezone`:`UTC+1` | timezone",
        "`every`:`PT1H`,`missed`:`never` | missed",
        "`every`:`PT1H`,`missed`:5 | missed",
        "`every`:`PT1H`,`missed`:{`max`:1,`within`:`PT1H`} | missed",
        "`every`:`PT1H`,`missed`:{`max`:0} | missed.max",
        "`every`:`PT1H`,`overlap`:`maybe` | overlap",
        "`every`:`PT1H`,`exclude`:[`nowhere`] | exclude[0]",
        "`every`:`PT1H`,`foo`:1 | foo",
      })
  void wrong_schedule_is_refused_by_field(String timing, String field) {
    assertProblem(put(timing), ProblemType.INVALID_REQUEST).names("field", field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{`every`:`PT1H`,`message`:{`payload`:1}} | target",
        "{`every`:`PT1H`,`target`:{`queue`:`Q`},`message`:{`payload`:1}} | target.queue",
        "{`every`:`PT1H`,`target`:{`topic`:`t`},`message`:{`payload`:1}} | target.topic",
        "{`every`:`PT1H`,`target`:{`queue`:`q`}} | message",
        "{`every`:`PT1H`,`target`:{`queue`:`q`},`message`:{}} | message.payload",
        "{`every`:`PT1H`,`target`:{`queue`:`q`},`message`:{`payload`:1,`delay`:`PT1S`}} | message.delay",
        "{`every`:`PT1H`,`target`:{`queue`:`q`},`message`:{`payload`:1,`foo`:1}} | message.foo",
        "{`every`:`PT1H`,`target`:{`queue`:`q`},`message`:{`payload`:1,`priority`:10}} | message.priority",
        "{`every`:`PT1H`,`target`:{`queue`:`q`},`message`:{`payload`:1,`deduplicationId`:`x`}} | message.deduplicationId",
      })
  void wrong_target_or_message_is_refused_by_field(String body, String field) {
    assertProblem(client.put(path, body.replace('`', '"')), ProblemType.INVALID_REQUEST)
        .names("field", field);
  }

  @Test
  void target_must_exist_and_take_the_payload() {
    assertProblem(
            client.put(
                path,
                "{\"every\":\"PT1H\",\"target\":{\"queue\":\"missing\"},\"message\":{\"payload\":1}}"),
            ProblemType.QUEUE_NOT_FOUND)
        .names("queue", "missing");
    String small = client.queue("{\"maxMessageSize\":5}");
    assertProblem(
            client.put(path, body("`every`:`PT1H`").replace(queue, small)),
            ProblemType.PAYLOAD_TOO_LARGE)
        .names("queue", small);
  }

  @Test
  void unknown_schedule_is_a_problem_everywhere() {
    for (String action : new String[] {"/pause", "/resume", "/trigger"}) {
      assertProblem(client.post(path + action, ""), ProblemType.SCHEDULE_NOT_FOUND)
          .names("schedule", name);
    }
    for (String look : new String[] {"/next", "/history"}) {
      assertProblem(client.get(path + look), ProblemType.SCHEDULE_NOT_FOUND);
    }
    assertProblem(client.get("/v1/schedules?state=odd"), ProblemType.INVALID_REQUEST)
        .names("field", "state");
    assertProblem(client.get("/v1/schedules?cursor=UP"), ProblemType.INVALID_REQUEST)
        .names("field", "cursor");
    assertProblem(client.get(path + "/history?cursor=x"), ProblemType.INVALID_REQUEST)
        .names("field", "cursor");
    assertProblem(client.get(path + "/next?count=0"), ProblemType.INVALID_REQUEST)
        .names("field", "count");
  }

  @Test
  void calendar_is_made_changed_listed_and_deleted_unless_it_is_in_use() {
    String calendar = "c-" + name;
    String at = "/v1/calendars/" + calendar;
    String dates = "{\"dates\":[\"2030-12-26\",\"2030-12-25\"]}";

    assertThat(client.put(at, dates).status()).isEqualTo(201);
    assertThat(client.put(at, dates).status()).isEqualTo(200);
    assertThat(client.get(at).text())
        .isEqualTo("{\"name\":\"" + calendar + "\",\"dates\":[\"2030-12-25\",\"2030-12-26\"]}");
    assertThat(client.get("/v1/calendars?limit=1000").each("items", "name")).contains(calendar);
    assertThat(put("`every`:`PT1H`,`exclude`:[`" + calendar + "`]").status()).isEqualTo(201);
    assertProblem(client.delete(at), ProblemType.CALENDAR_IN_USE);
    assertThat(client.get(path + "/next").status()).isEqualTo(200);
    client.delete(path);
    assertThat(client.delete(at).status()).isEqualTo(204);
    assertProblem(client.get(at), ProblemType.CALENDAR_NOT_FOUND);
    assertProblem(client.delete(at), ProblemType.CALENDAR_NOT_FOUND);
    assertProblem(client.put(at, "{}"), ProblemType.INVALID_REQUEST).names("field", "dates");
    assertProblem(client.put(at, "{\"dates\":[\"x\"]}"), ProblemType.INVALID_REQUEST)
        .names("field", "dates[0]");
  }
}
