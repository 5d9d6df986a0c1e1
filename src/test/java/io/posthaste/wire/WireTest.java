package io.posthaste.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.impl.LongStringHelper;
import io.posthaste.message.Content;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.Move;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WireTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00.123456Z");
  private static final QueueName QUEUE = new QueueName("q");

  private static Carried carried(Content content) {
    MessageId id = new MessageId(UUID.fromString("01996b5e-0000-7000-8000-000000000000"));
    return new Carried(
        new Message(id, content, NOW.minusSeconds(60)),
        2,
        NOW.minusSeconds(30),
        NOW.plusSeconds(90),
        new Move(7, UUID.randomUUID()));
  }

  private static Carried readBack(Outgoing out) {
    return read(out.properties(), out.body()) instanceof WireReader.Read.Good(var carried)
        ? carried
        : null;
  }

  private static WireReader.Read read(BasicProperties properties, byte[] body) {
    return WireReader.read("q", properties, body, NOW);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void everything_comes_back_as_it_was() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("z", "1");
    headers.put("CC", "would be routed");
    headers.put("x-posthaste-attempt", "99");
    headers.put("ü".repeat(200), "too long for AMQP");
    headers.put("a", "2");
    Content content =
        new Content(
            new Payload.Json(utf8("{\"n\":1.10}")),
            "ü".repeat(200),
            headers,
            "é".repeat(255),
            7,
            "g",
            "d");

    Outgoing out = WireWriter.write(QUEUE, QueuePolicy.DEFAULT, carried(content), NOW);
    Carried back = readBack(out);

    assertThat(back).usingRecursiveComparison().isEqualTo(carriedAs(content, back.move()));
    assertThat(back.message().content().headers().keySet())
        .containsExactlyElementsOf(headers.keySet());
    assertThat(out.properties().getHeaders()).doesNotContainKey("CC");
    assertThat(out.properties().getExpiration()).isEqualTo("90000");
  }

  private static Carried carriedAs(Content content, Move move) {
    Carried made = carried(content);
    return new Carried(made.message(), made.failed(), made.firstDue(), made.expires(), move);
  }

  @Test
  void bytes_stay_bytes_whatever_their_content_type() {
    Content content = Content.of(new Payload.Binary(utf8("{}"), "application/json"));

    Outgoing out = WireWriter.write(QUEUE, QueuePolicy.DEFAULT, carried(content), NOW);

    assertThat(readBack(out).message().content().payload())
        .usingRecursiveComparison()
        .isEqualTo(new Payload.Binary(utf8("{}"), "application/json"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":", "", "{} {}", "\"\u0000", "nul", "[1,]"})
  void text_that_is_no_json_is_bytes(String text) {
    BasicProperties properties =
        new BasicProperties.Builder().messageId("x").contentType("application/json").build();

    WireReader.Read read = read(properties, utf8(text));

    assertThat(((WireReader.Read.Good) read).carried().message().content().payload())
        .isInstanceOf(Payload.Binary.class);
  }

  static Stream<byte[]> json_that_is_not_utf_8() {
    return Stream.of(
        utf8("\ufeff{\"a\":1}"),
        "{\"a\":1}".getBytes(StandardCharsets.UTF_16),
        "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE),
        "{\"a\":1}".getBytes(StandardCharsets.UTF_16BE),
        "{\"a\":1}".getBytes(Charset.forName("UTF-32BE")),
        "1".getBytes(StandardCharsets.UTF_16LE));
  }

  @ParameterizedTest
  @MethodSource("json_that_is_not_utf_8")
  void json_that_is_not_utf_8_is_bytes(byte[] body) {
    BasicProperties properties =
        new BasicProperties.Builder().messageId("x").contentType("application/json").build();

    WireReader.Read read = read(properties, body);

    assertThat(((WireReader.Read.Good) read).carried().message().content().payload())
        .isInstanceOf(Payload.Binary.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"h\":5}", "{\"h\":null}", "{\"h\":{\"i\":\"j\"}}", "[\"h\"]", "{", ""})
  void headers_apart_that_are_none_are_poison(String text) {
    WireReader.Read read = read(with(Map.of("x-posthaste-headers", text)), utf8("{}"));

    assertThat(read)
        .isInstanceOfSatisfying(
            WireReader.Read.Poison.class, it -> assertThat(it.reason()).startsWith("headers"));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, Long.MAX_VALUE, 253_402_300_800_000_000L})
  void moments_out_of_range_are_passed_over(long micros) {
    Map<String, Object> moments =
        Map.of(
            "x-posthaste-enqueued",
            micros,
            "x-posthaste-due",
            micros,
            "x-posthaste-expires",
            micros);

    Carried carried = ((WireReader.Read.Good) read(with(moments), utf8("{}"))).carried();

    assertThat(carried.message().enqueuedAt()).isEqualTo(NOW);
    assertThat(carried.firstDue()).isEqualTo(NOW);
    assertThat(carried.expires()).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {5_000, 0, -5_000, Long.MAX_VALUE, Long.MIN_VALUE})
  void foreign_timestamp_never_makes_a_message_over(long millis) {
    BasicProperties properties =
        new BasicProperties.Builder().messageId("x").timestamp(new Date(millis)).build();

    Carried carried = ((WireReader.Read.Good) read(properties, utf8("{}"))).carried();

    assertThat(carried.isOver(QueuePolicy.DEFAULT, NOW)).isFalse();
    assertThat(carried.message().enqueuedAt()).isBetween(Instant.EPOCH, NOW);
    BasicProperties again = WireAgain.properties(QueuePolicy.DEFAULT, properties, carried, NOW);
    assertThat(((WireReader.Read.Good) read(again, utf8("{}"))).carried().firstDue())
        .isEqualTo(NOW);
  }

  @Test
  void group_and_deduplication_id_may_be_numbers() {
    Map<String, Object> numbers =
        Map.of("x-posthaste-group", 5, "x-posthaste-deduplication-id", 7L);

    Content content =
        ((WireReader.Read.Good) read(with(numbers), utf8("{}"))).carried().message().content();

    assertThat(content.group()).isEqualTo("5");
    assertThat(content.deduplicationId()).isEqualTo("7");
  }

  @Test
  void whatever_the_headers_are_they_are_read_or_poison() {
    Random random = new Random(1);
    List<Object> values =
        List.of(
            "",
            "{}",
            "\u0000",
            "\ud800",
            -1,
            0,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            1.5,
            true,
            new byte[] {0},
            new Date(Long.MAX_VALUE),
            List.of("a", 1),
            Map.of("k", List.of()));
    List<String> names =
        List.of(
            "x-posthaste-headers",
            "x-posthaste-enqueued",
            "x-posthaste-due",
            "x-posthaste-move",
            "x-posthaste-expires",
            "x-posthaste-attempt",
            "x-posthaste-order",
            "x-posthaste-group",
            "x-posthaste-type",
            "x-posthaste-payload",
            "x-posthaste-deduplication-id",
            "x-posthaste-correlation-id",
            "x-posthaste-content-type",
            "mine",
            "");
    for (int i = 0; i < 5_000; i++) {
      Map<String, Object> headers = new HashMap<>();
      for (int j = random.nextInt(4); j >= 0; j--) {
        headers.put(
            names.get(random.nextInt(names.size())), values.get(random.nextInt(values.size())));
      }
      Carried carried =
          switch (read(with(headers), utf8("{}"))) {
            case WireReader.Read.Good(var good) -> good;
            case WireReader.Read.Poison(var remains, var _) -> remains;
          };
      assertThat(WireAgain.properties(QueuePolicy.DEFAULT, with(headers), carried, NOW))
          .isNotNull();
    }
  }

  private static BasicProperties with(Map<String, Object> headers) {
    return new BasicProperties.Builder()
        .messageId("x")
        .contentType("application/json")
        .headers(headers)
        .build();
  }

  @Test
  void foreign_message_is_filled_in() {
    Map<String, Object> headers = new HashMap<>();
    headers.put("text", LongStringHelper.asLongString("t"));
    headers.put("number", 7L);
    headers.put("list", List.of(1, "b"));
    headers.put("table", Map.of("k", true));
    headers.put("bytes", new byte[] {1, 2});
    headers.put("moment", new Date(0));
    headers.put("nothing", null);
    headers.put("x-death", List.of());
    BasicProperties properties =
        new BasicProperties.Builder()
            .messageId("order-1")
            .timestamp(new Date(5000))
            .contentEncoding("gzip")
            .contentType("application/json")
            .priority(200)
            .headers(headers)
            .build();

    Carried carried = ((WireReader.Read.Good) read(properties, utf8("{}"))).carried();

    Content content = carried.message().content();
    assertThat(content.headers())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "text", "t",
                "number", "7",
                "list", "[1, b]",
                "table", "{k=true}",
                "bytes", "0102",
                "moment", "1970-01-01T00:00:00Z",
                "message-id", "order-1",
                "content-encoding", "gzip"));
    assertThat(content.priority()).isEqualTo(9);
    assertThat(content.payload()).isInstanceOf(Payload.Binary.class);
    assertThat(carried.message().enqueuedAt()).isEqualTo(Instant.ofEpochSecond(5));
    assertThat(carried.failed()).isZero();
  }

  @Test
  void foreign_id_makes_the_same_id_in_a_queue_and_another_in_another() {
    BasicProperties properties = new BasicProperties.Builder().messageId("order-1").build();

    MessageId here = id(WireReader.read("q", properties, new byte[0], NOW));

    assertThat(id(WireReader.read("q", properties, new byte[1], NOW))).isEqualTo(here);
    assertThat(id(WireReader.read("r", properties, new byte[0], NOW))).isNotEqualTo(here);
  }

  private static MessageId id(WireReader.Read read) {
    return ((WireReader.Read.Good) read).carried().message().id();
  }

  @Test
  void what_does_not_fit_is_poison_with_what_can_be_kept() {
    Map<String, Object> headers = new HashMap<>();
    headers.put("long", "x".repeat(9000));
    BasicProperties properties =
        new BasicProperties.Builder().messageId("x").headers(headers).build();

    WireReader.Read read = read(properties, utf8("body"));

    assertThat(read).isInstanceOf(WireReader.Read.Poison.class);
    WireReader.Read.Poison poison = (WireReader.Read.Poison) read;
    assertThat(poison.reason()).startsWith("headers.long");
    assertThat(poison.remains().message().content().payload().bytes()).isEqualTo(utf8("body"));
  }

  @Test
  void forged_headers_of_ours_do_no_harm() {
    Map<String, Object> headers = new HashMap<>();
    headers.put("x-posthaste-attempt", -5);
    headers.put("x-posthaste-move", "nonsense");
    headers.put("x-posthaste-order", 3);
    headers.put("x-posthaste-enqueued", "yesterday");
    BasicProperties properties =
        new BasicProperties.Builder().messageId("x").headers(headers).build();

    Carried carried = ((WireReader.Read.Good) read(properties, new byte[0])).carried();

    assertThat(carried.failed()).isZero();
    assertThat(carried.move()).isNull();
    assertThat(carried.message().content().headers()).containsOnlyKeys("message-id");
  }

  @Test
  void longest_retention_is_no_expiration_that_the_broker_would_refuse() {
    Carried carried = carried(Content.of(new Payload.Json(utf8("1"))));
    Carried endless = new Carried(carried.message(), 0, carried.firstDue(), null, null);
    QueuePolicy longest =
        new QueuePolicy(
            QueuePolicy.DEFAULT.lease(),
            5,
            QueuePolicy.DEFAULT.retry(),
            java.time.Duration.ofDays(3660),
            QueuePolicy.DEFAULT.onExpiry(),
            QueuePolicy.DEFAULT.ordering(),
            QueuePolicy.DEFAULT.deduplicationWindow(),
            1);

    assertThat(WireWriter.write(QUEUE, longest, endless, NOW).properties().getExpiration())
        .isNull();
  }
}
