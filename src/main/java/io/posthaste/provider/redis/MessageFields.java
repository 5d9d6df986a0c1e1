package io.posthaste.provider.redis;

import io.posthaste.message.Content;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.store.HeadersText;
import io.vertx.redis.client.Response;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A message as the fields of a stream's entry, which any client of Redis can read. */
final class MessageFields {
  private static final byte[] PAYLOAD = utf8("payload");

  private final Map<String, byte[]> fields;

  private MessageFields(Map<String, byte[]> fields) {
    this.fields = fields;
  }

  /** What the sender wrote, as names and values by turns; the script adds its own before them. */
  static List<byte[]> written(Content content) {
    List<byte[]> all = new ArrayList<>(8);
    add(all, "type", content.type());
    if (content.payload() instanceof Payload.Binary(var _, var contentType)) {
      add(all, "contentType", contentType);
    }
    add(all, "correlationId", content.correlationId());
    if (content.priority() != 0) {
      add(all, "priority", Integer.toString(content.priority()));
    }
    add(all, "group", content.group());
    add(all, "deduplicationId", content.deduplicationId());
    add(all, "headers", HeadersText.write(content.headers()));
    all.add(PAYLOAD);
    all.add(content.payload().bytes());
    return all;
  }

  private static void add(List<byte[]> all, String name, @Nullable String value) {
    if (value != null) {
      all.add(utf8(name));
      all.add(utf8(value));
    }
  }

  static MessageFields of(Response list) {
    Map<String, byte[]> fields = new HashMap<>();
    for (int i = 0; i < list.size(); i += 2) {
      fields.put(list.get(i).toString(), list.get(i + 1).toBytes());
    }
    return new MessageFields(fields);
  }

  /** The message, unless somebody has written by hand what none can hold. */
  Optional<Message> decoded() {
    try {
      return Optional.of(message());
    } catch (IllegalArgumentException | UncheckedIOException _) {
      return Optional.empty();
    }
  }

  /** What is left of it then. */
  Message remains() {
    byte[] bytes = Objects.requireNonNull(fields.get("payload"));
    return new Message(
        MessageId.parse(required("id")),
        Content.of(new Payload.Binary(bytes, Payload.Binary.DEFAULT_CONTENT_TYPE)),
        moment(required("enqueued")));
  }

  Message message() {
    byte[] bytes = Objects.requireNonNull(fields.get("payload"));
    String contentType = text("contentType");
    String priority = text("priority");
    Content content =
        new Content(
            contentType == null ? new Payload.Json(bytes) : new Payload.Binary(bytes, contentType),
            text("type"),
            HeadersText.read(text("headers")),
            text("correlationId"),
            priority == null ? 0 : Integer.parseInt(priority),
            text("group"),
            text("deduplicationId"));
    return new Message(MessageId.parse(required("id")), content, moment(required("enqueued")));
  }

  /** When it is, or was, to be handed out next. */
  Instant due() {
    String due = text("due");
    return moment(due == null ? required("enqueued") : due);
  }

  String required(String name) {
    return Objects.requireNonNull(text(name));
  }

  private @Nullable String text(String name) {
    byte[] value = fields.get(name);
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  static Instant moment(String micros) {
    return moment(Long.parseLong(micros));
  }

  static Instant moment(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  static long micros(java.time.Duration duration) {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1000);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
