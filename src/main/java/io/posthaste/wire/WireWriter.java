package io.posthaste.wire;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.posthaste.message.Content;
import io.posthaste.message.Message;
import io.posthaste.message.Payload;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.store.HeadersText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a message one of AMQP's, so that any client can read it. */
public final class WireWriter {
  static final String JSON = "application/json";

  /** AMQP's short strings. */
  private static final int SHORT = 255;

  /** The broker takes no longer expiration, in milliseconds. */
  private static final long LONGEST_EXPIRATION = 0xFFFF_FFFFL;

  public static final int PERSISTENT = 2;

  private WireWriter() {}

  public static Outgoing write(QueueName queue, QueuePolicy policy, Carried carried, Instant now) {
    BasicProperties properties =
        properties(carried.message(), headers(carried))
            .expiration(expiration(policy, carried, now))
            .build();
    return new Outgoing(
        "", queue.value(), properties, carried.message().content().payload().bytes());
  }

  /**
   * The same for readers of an exchange: without what only a queue of ours has to remember. It has
   * no expiration, as its time in the queue that it came from says nothing of theirs.
   *
   * @param attempt which attempt at handing it on this is
   */
  public static Outgoing write(String exchange, String routingKey, Message message, int attempt) {
    Map<String, Object> headers = headers(message.content());
    headers.put(WireNames.FORWARD_ATTEMPT, attempt);
    return new Outgoing(
        exchange,
        routingKey,
        properties(message, headers).build(),
        message.content().payload().bytes());
  }

  private static BasicProperties.Builder properties(Message message, Map<String, Object> headers) {
    Content content = message.content();
    return new BasicProperties.Builder()
        .messageId(message.id().toString())
        .deliveryMode(PERSISTENT)
        .priority(content.priority())
        .timestamp(Date.from(message.enqueuedAt()))
        .contentType(fitting(WireNames.CONTENT_TYPE, contentType(content.payload()), headers))
        .type(fitting(WireNames.TYPE, content.type(), headers))
        .correlationId(fitting(WireNames.CORRELATION_ID, content.correlationId(), headers))
        .headers(headers);
  }

  private static String contentType(Payload payload) {
    return switch (payload) {
      case Payload.Json _ -> JSON;
      case Payload.Binary(var _, var type) -> type;
    };
  }

  /** The text where AMQP has a field for it; where that is too short for it, it is a header. */
  private static @Nullable String fitting(
      String header, @Nullable String text, Map<String, Object> headers) {
    if (text == null || fits(text)) {
      return text;
    }
    headers.put(header, text);
    return null;
  }

  private static boolean fits(String text) {
    return text.length() <= SHORT / 3 || text.getBytes(StandardCharsets.UTF_8).length <= SHORT;
  }

  // The broker drops what is over by itself, where nobody receives
  static @Nullable String expiration(QueuePolicy policy, Carried carried, Instant now) {
    Instant end = carried.firstDue().plus(policy.retention());
    Instant own = carried.expires();
    if (own != null && own.isBefore(end)) {
      end = own;
    }
    long left = Math.max(1, Duration.between(now, end).toMillis());
    return left > LONGEST_EXPIRATION ? null : Long.toString(left);
  }

  /** What its sender wrote. */
  private static Map<String, Object> headers(Content content) {
    Map<String, Object> headers = new HashMap<>();
    Map<String, String> apart = new LinkedHashMap<>();
    content
        .headers()
        .forEach(
            (name, value) -> {
              if (WireNames.isReserved(name) || !fits(name)) {
                apart.put(name, value);
              } else {
                headers.put(name, value);
              }
            });
    if (!apart.isEmpty()) {
      headers.put(WireNames.HEADERS, HeadersText.write(apart));
    }
    putIfPresent(headers, WireNames.GROUP, content.group());
    putIfPresent(headers, WireNames.DEDUPLICATION_ID, content.deduplicationId());
    if (content.payload() instanceof Payload.Binary(var _, var type) && WireReader.isJson(type)) {
      headers.put(WireNames.PAYLOAD, "binary");
    }
    return headers;
  }

  private static Map<String, Object> headers(Carried carried) {
    Message message = carried.message();
    Content content = message.content();
    Map<String, Object> headers = headers(content);
    keepOrder(content.headers(), headers);
    headers.put(WireNames.ENQUEUED, micros(message.enqueuedAt()));
    if (!carried.firstDue().equals(message.enqueuedAt())) {
      headers.put(WireNames.DUE, micros(carried.firstDue()));
    }
    if (carried.failed() > 0) {
      headers.put(WireNames.ATTEMPT, carried.failed());
    }
    putIfPresent(
        headers, WireNames.EXPIRES, carried.expires() == null ? null : micros(carried.expires()));
    putIfPresent(
        headers, WireNames.MOVE, carried.move() == null ? null : carried.move().toString());
    return headers;
  }

  private static void putIfPresent(
      Map<String, Object> headers, String name, @Nullable Object value) {
    if (value != null) {
      headers.put(name, value);
    }
  }

  private static void keepOrder(Map<String, String> written, Map<String, Object> headers) {
    List<String> names = new ArrayList<>(written.keySet());
    if (names.size() > 1) {
      headers.put(WireNames.ORDER, names);
    }
  }

  static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }
}
