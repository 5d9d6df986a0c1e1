package io.posthaste.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.message.Content;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.NewMessage;
import io.posthaste.schedule.ScheduleName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MessageTemplateTest {
  private static final MessageId ID = new MessageId(new UUID(1, 2));
  private static final Placeholders VALUES =
      new Placeholders(
          new ScheduleName("nightly"),
          12,
          Instant.parse("2027-03-26T23:30:00Z"),
          Instant.parse("2027-03-26T23:30:00.001Z"),
          ZoneId.of("Europe/Berlin"));

  private static String rendered(String json) {
    Content content = Content.of(new Payload.Json(json.getBytes(StandardCharsets.UTF_8)));
    NewMessage message = new MessageTemplate(content, null).render(ID, VALUES);
    return new String(message.content().payload().bytes(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"a\":\"{{name}}\"} | {\"a\":\"nightly\"}",
        "\"{{count}}\" | \"12\"",
        "\"{{planned}}\" | \"2027-03-26T23:30:00Z\"",
        "\"{{local}}\" | \"2027-03-27T00:30:00+01:00\"",
        "\"{{date}}\" | \"2027-03-27\"",
        "\"{{fired}}\" | \"2027-03-26T23:30:00.001Z\"",
        "\"a{{count}}b{{count}}c\" | \"a12b12c\"",
        "\"{{{count}}}\" | \"{12}\"",
        "\"{{other}} {{ count }} {{count\" | \"{{other}} {{ count }} {{count\"",
        "\"{{count}\" | \"{{count}\"",
        "\"\\u007b{name}}\" | \"\\u007b{name}}\"",
        "{\"ä\":{\"{{date}}\":1.10}} | {\"ä\":{\"2027-03-27\":1.10}}",
        "{\"a\":{}} | {\"a\":{}}",
      })
  void placeholders_are_replaced_and_all_else_stays(String template, String expected) {
    assertThat(rendered(template)).isEqualTo(expected);
  }

  @Test
  void bytes_stay_as_they_are_and_headers_are_added() {
    byte[] bytes = "{{count}}".getBytes(StandardCharsets.UTF_8);
    Content content =
        Content.of(new Payload.Binary(bytes, "text/plain")).withHeaders(Map.of("a", "{{count}}"));

    NewMessage message = new MessageTemplate(content, Duration.ofHours(1)).render(ID, VALUES);

    assertThat(message.content().payload().bytes()).isEqualTo(bytes);
    assertThat(message.timeToLive()).isEqualTo(Duration.ofHours(1));
    assertThat(message.content().headers())
        .containsEntry("a", "{{count}}")
        .containsEntry("posthaste-schedule", "nightly")
        .containsEntry("posthaste-planned", "2027-03-26T23:30:00Z")
        .containsEntry("posthaste-fired", "2027-03-26T23:30:00.001Z");
  }

  @Test
  void deduplication_id_and_endless_time_to_live_are_refused() {
    Payload payload = new Payload.Json(new byte[] {'1'});
    Content deduplicated = new Content(payload, null, Map.of(), null, 0, null, "x");

    assertThatThrownBy(() -> new MessageTemplate(deduplicated, null))
        .isInstanceOf(InvalidField.class);
    assertThatThrownBy(() -> new MessageTemplate(Content.of(payload), Duration.ofDays(4000)))
        .isInstanceOf(InvalidField.class);
  }

  @Test
  void id_of_an_occurrence_is_the_same_every_time_and_no_others() {
    Instant planned = Instant.parse("2027-03-26T23:30:00.000001Z");

    MessageId id = OccurrenceId.of(7, planned);

    assertThat(OccurrenceId.of(7, planned)).isEqualTo(id);
    assertThat(OccurrenceId.of(8, planned)).isNotEqualTo(id);
    assertThat(OccurrenceId.of(7, planned.plusNanos(1000))).isNotEqualTo(id);
    assertThat(id.value().version()).isEqualTo(7);
    assertThat(id.value().variant()).isEqualTo(2);
    assertThat(id.value().getMostSignificantBits() >>> 16).isEqualTo(planned.toEpochMilli());
  }
}
