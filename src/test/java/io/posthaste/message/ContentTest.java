package io.posthaste.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ContentTest {
  private static final Payload PAYLOAD = new Payload.Json("1".getBytes(StandardCharsets.UTF_8));

  private static Content withType(String type) {
    return new Content(PAYLOAD, type, Map.of(), null, 0, null, null);
  }

  private static Content withHeaders(Map<String, String> headers) {
    return Content.of(PAYLOAD).withHeaders(headers);
  }

  private static AbstractThrowableAssert<?, ?> refuses(String field, Supplier<?> making) {
    return assertThatThrownBy(making::get)
        .isInstanceOfSatisfying(InvalidField.class, it -> assertThat(it.field()).isEqualTo(field));
  }

  @Test
  void texts_have_their_bounds() {
    assertThat(withType("t".repeat(255)).type()).hasSize(255);
    refuses("type", () -> withType(""));
    refuses("type", () -> withType("t".repeat(256)));
    refuses("correlationId", () -> new Content(PAYLOAD, null, Map.of(), "", 0, null, null));
    refuses("group", () -> new Content(PAYLOAD, null, Map.of(), null, 0, "g".repeat(257), null));
    refuses("deduplicationId", () -> new Content(PAYLOAD, null, Map.of(), null, 0, null, ""));
  }

  @Test
  void texts_that_no_store_can_hold_are_refused() {
    refuses("type", () -> withType("a\0b")).hasMessageContaining("NUL");
    refuses("type", () -> withType("a\ud83d")).hasMessageContaining("surrogate");
    refuses("type", () -> withType("\udc00a")).hasMessageContaining("surrogate");
    assertThat(withType("🚀").type()).isEqualTo("🚀");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 10, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void priority_is_a_digit(int priority) {
    refuses("priority", () -> new Content(PAYLOAD, null, Map.of(), null, priority, null, null));
  }

  @Test
  void headers_are_bounded_in_number_and_size() {
    Map<String, String> headers = new HashMap<>();
    // Ten more than a sender may write: trace context and a replay add theirs
    for (int i = 0; i < Content.MAX_HEADERS + 10; i++) {
      headers.put("h" + i, "");
    }
    assertThat(withHeaders(headers).headers()).hasSize(110);
    headers.put("one more", "");

    refuses("headers", () -> withHeaders(headers));
    refuses("headers", () -> withHeaders(Map.of("", "v")));
    refuses("headers.h", () -> withHeaders(Map.of("h", "v".repeat(8193))));
  }

  @Test
  void content_does_not_change_with_the_map_it_was_made_of() {
    Map<String, String> headers = new LinkedHashMap<>(Map.of("a", "1"));
    Content content = withHeaders(headers);

    headers.put("b", "2");

    assertThat(content.headers()).containsOnlyKeys("a");
    assertThatThrownBy(() -> content.headers().put("c", "3"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void delay_has_its_bounds() {
    assertThat(new Due.After(Due.MAX_DELAY).delay()).isEqualTo(Duration.ofDays(3660));
    refuses("delay", () -> new Due.After(Duration.ofNanos(-1)));
    refuses("delay", () -> new Due.After(Due.MAX_DELAY.plusNanos(1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1-1-1-1-1",
        "x",
        "01890a5d-ac96-774b-bcce-b302099a8057 ",
        "zzzzzzzz-ac96-774b-bcce-b302099a8057"
      })
  void message_id_is_read_from_its_canonical_form_alone(String text) {
    assertThatThrownBy(() -> MessageId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void message_id_survives_its_text() {
    String text = "01890a5d-ac96-774b-bcce-b302099a8057";

    assertThat(MessageId.parse(text)).hasToString(text);
  }
}
