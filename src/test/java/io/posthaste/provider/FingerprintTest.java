package io.posthaste.provider;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Payload;
import io.posthaste.queue.contract.MessageBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class FingerprintTest {
  private static String of(MessageBuilder message) {
    return HexFormat.of().formatHex(Fingerprint.of(message.build()));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void same_request_has_the_same_fingerprint_whatever_its_message_is_called() {
    assertThat(of(aMessage().withType("t"))).isEqualTo(of(aMessage().withType("t")));
  }

  @Test
  void each_field_makes_a_difference_and_none_runs_into_the_next() {
    Stream<MessageBuilder> different =
        Stream.of(
            aMessage(),
            aMessage().withPayload(new Payload.Json(utf8("{\"n\":2}"))),
            aMessage().withPayload(new Payload.Binary(utf8("{\"n\":1}"), "a/b")),
            aMessage().withPayload(new Payload.Binary(utf8("{\"n\":1}"), "a/c")),
            aMessage().withType("ab"),
            aMessage().withType("a").withCorrelationId("b"),
            aMessage().withCorrelationId("ab"),
            aMessage().withGroup("ab"),
            aMessage().withPriority(1),
            aMessage().withDelay(Duration.ofSeconds(1)),
            aMessage().dueAt(Instant.EPOCH),
            aMessage().withTimeToLive(Duration.ofSeconds(1)),
            aMessage().withHeaders(Map.of("a", "bc")),
            aMessage().withHeaders(Map.of("ab", "c")),
            aMessage().withHeaders(Map.of("a", "b", "c", "d")));

    assertThat(different.map(FingerprintTest::of)).doesNotHaveDuplicates();
  }

  @Test
  void trace_context_makes_none() {
    assertThat(of(aMessage().withHeaders(Map.of("traceparent", "1", "tracestate", "2"))))
        .isEqualTo(of(aMessage()));
  }
}
