package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.rest.Client.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class PreviewResourceTest {
  private static final String PATH = "/v1/schedules/preview";

  /** A call of the preview on a page, and its answer. */
  private static final Pattern EXAMPLE =
      Pattern.compile("/v1/schedules/preview \\\\\n  -d '(.*)'\n```\n```json\n(.*)\n```");

  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @Test
  void cron_is_read_on_the_wall_clock_of_its_zone() {
    Answer answer =
        client.post(
            PATH,
            """
            {"cron":"30 9 * * MON-FRI","timezone":"Europe/Berlin",
             "from":"2027-03-26T00:00:00Z","count":3}""");

    assertThat(answer.text())
        .isEqualTo(
            """
            {"occurrences":[{"due":"2027-03-26T08:30:00Z"},{"due":"2027-03-29T07:30:00Z"},\
            {"due":"2027-03-30T07:30:00Z"}]}""");
  }

  @Test
  void ten_are_shown_unless_asked_otherwise() {
    assertThat(due("{\"every\":\"PT1H\",\"from\":\"2027-03-01T00:00:00Z\"}"))
        .hasSize(10)
        .startsWith("2027-03-01T01:00:00Z", "2027-03-01T02:00:00Z");
  }

  @Test
  void a_thousand_are_shown_at_most() {
    assertThat(due("{\"cron\":\"* * * * * *\",\"count\":1000}")).hasSize(1000);
    assertProblem(
            client.post(PATH, "{\"cron\":\"* * * * *\",\"count\":1001}"),
            ProblemType.INVALID_REQUEST)
        .names("field", "count");
  }

  @Test
  void without_from_they_are_those_to_come() {
    Instant now = Instant.now();

    assertThat(due("{\"cron\":\"* * * * *\"}"))
        .allSatisfy(due -> assertThat(Instant.parse(due)).isAfterOrEqualTo(now));
  }

  @Test
  void what_is_planned_for_from_itself_is_shown() {
    assertThat(due("{\"cron\":\"0 0 * * *\",\"from\":\"2027-01-01T00:00:00Z\",\"count\":1}"))
        .containsExactly("2027-01-01T00:00:00Z");
  }

  @Test
  void start_end_and_limit_bound_them() {
    assertThat(
            due(
                """
                {"every":"PT15M","start":"2027-03-01T09:00:00Z","end":"2027-03-01T10:00:00Z",
                 "from":"2027-01-01T00:00:00Z"}"""))
        .hasSize(5)
        .endsWith("2027-03-01T10:00:00Z");
    assertThat(due("{\"cron\":\"@daily\",\"limit\":3}")).hasSize(3);
  }

  @Test
  void a_time_gone_by_is_not_shown_any_more() {
    assertThat(due("{\"at\":\"2020-01-01T00:00:00Z\"}")).isEmpty();
  }

  @Test
  void recurrence_rule_leaves_out_its_exceptions() {
    assertThat(
            due(
                """
                {"rrule":"DTSTART:20270101T090000\\nRRULE:FREQ=DAILY;COUNT=4\\nEXDATE:20270102T090000",
                 "from":"2027-01-01T00:00:00Z"}"""))
        .containsExactly("2027-01-01T09:00:00Z", "2027-01-03T09:00:00Z", "2027-01-04T09:00:00Z");
  }

  @Test
  void dates_of_a_calendar_are_left_out() {
    assertThat(client.put("/v1/calendars/preview-test", "{\"dates\":[\"2027-01-02\"]}").status())
        .isBetween(200, 201);

    assertThat(
            due(
                """
                {"cron":"@daily","exclude":["preview-test"],"from":"2027-01-01T00:00:00Z","count":2}"""))
        .containsExactly("2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z");
  }

  @Test
  void policy_for_clock_changes_is_followed() {
    String body =
        """
        {"cron":"30 2 * * *","timezone":"Europe/Berlin","from":"2027-10-31T00:00:00",
         "count":2,"dst":{"repeat":"both"}}""";

    assertThat(due(body)).containsExactly("2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {} | cron | send exactly one of
          {"at":"2027-01-01T00:00","cron":"@daily"} | cron | must not stand beside 'at'
          {"cron":"61 * * * *"} | cron | has '61' in field 1, the minute
          {"cron":"0 0 30 2 *"} | cron | can never fire
          {"rrule":"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"} | rrule | can never fire
          {"rrule":"FREQ=DAILY;BYHOUR=25"} | rrule | has 'BYHOUR=25' as part 2
          {"every":"PT0.5S"} | every | must be from PT1S to P3660D
          {"at":"tomorrow"} | at | must be a time such as
          {"cron":"@daily","timezone":"Mars/Base"} | timezone | must be an IANA time zone
          {"cron":"@daily","dst":{"gap":"jump"}} | dst.gap | must be "skip" or "after"
          {"cron":"@daily","dst":{"leap":"skip"}} | dst.leap | is not a known field
          {"cron":"@daily","limit":0} | limit | must be a whole number from 1 to 2147483647
          {"cron":"@daily","count":1.5} | count | must be a whole number
          {"cron":"@daily","jitter":"P2D"} | jitter | must be from PT0S to P1D
          {"cron":"@daily","start":"2027-01-02T00:00","end":"2027-01-01T00:00"} | end | must not lie before 'start'
          {"cron":"@yearly","start":"2027-01-02T00:00","end":"2027-02-01T00:00"} | end | lies before the first occurrence
          {"cron":"@daily","exclude":["nowhere"]} | exclude[0] | names the calendar 'nowhere'
          {"cron":"@daily","colour":"red"} | colour | is not a known field
          {"at":"2027-01-01T00:00","start":"2027-01-01T00:00"} | start | has no meaning with 'at'
          """)
  void what_cannot_be_is_refused_by_name(String body, String field, String says) {
    Answer answer = client.post(PATH, body);

    assertProblem(answer, ProblemType.INVALID_REQUEST).names("field", field);
    assertThat(answer.at("detail")).contains(says);
  }

  @Test
  void examples_of_the_page_are_answered_as_it_says() throws IOException {
    List<MatchResult> examples =
        EXAMPLE.matcher(Files.readString(Path.of("docs/schedules.md"))).results().toList();

    assertThat(examples).hasSizeGreaterThanOrEqualTo(2);
    for (MatchResult example : examples) {
      assertThat(client.post(PATH, example.group(1)).text()).isEqualTo(example.group(2));
    }
  }

  private List<String> due(String body) {
    Answer answer = client.post(PATH, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.each("occurrences", "due");
  }
}
