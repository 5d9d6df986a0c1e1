package io.posthaste.scheduling;

import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.NewMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a schedule sends. In a JSON payload each {@code {{name}}}, {@code {{count}}}, {@code
 * {{planned}}}, {@code {{local}}}, {@code {{date}}} and {@code {{fired}}} becomes that of the
 * occurrence; anything else between braces stays as it is.
 *
 * <p>Valid JSON holds two opening braces in a row within strings only, and no value that is put in
 * has a character that JSON escapes: what was valid stays valid, whatever is put in.
 *
 * @param timeToLive counts from the moment of sending
 */
public record MessageTemplate(Content content, @Nullable Duration timeToLive) {
  public static final String SCHEDULE_HEADER = "posthaste-schedule";
  public static final String PLANNED_HEADER = "posthaste-planned";
  public static final String FIRED_HEADER = "posthaste-fired";

  private static final String OPEN = "{{";
  private static final int LONGEST_NAME = 7;

  public MessageTemplate {
    if (content.deduplicationId() != null) {
      throw new InvalidField(
          "message.deduplicationId", "is not for schedules: each occurrence is one message anyway");
    }
    // Also checks the time to live
    var _ = new NewMessage(new MessageId(new java.util.UUID(0, 0)), content, Due.NOW, timeToLive);
  }

  /** The message of one occurrence. */
  public NewMessage render(MessageId id, Placeholders values) {
    Map<String, String> headers = new LinkedHashMap<>(content.headers());
    headers.put(SCHEDULE_HEADER, values.name().value());
    headers.put(PLANNED_HEADER, values.planned().toString());
    headers.put(FIRED_HEADER, values.fired().toString());
    return new NewMessage(
        id,
        content.withPayload(rendered(content.payload(), values)).withHeaders(headers),
        Due.NOW,
        timeToLive);
  }

  private static Payload rendered(Payload payload, Placeholders values) {
    return switch (payload) {
      case Payload.Json json when hasBraces(json.bytes()) ->
          new Payload.Json(
              filled(new String(json.bytes(), StandardCharsets.UTF_8), values)
                  .getBytes(StandardCharsets.UTF_8));
      case Payload.Json json -> json;
      case Payload.Binary binary -> binary;
    };
  }

  private static boolean hasBraces(byte[] bytes) {
    for (int i = 1; i < bytes.length; i++) {
      if (bytes[i] == '{' && bytes[i - 1] == '{') {
        return true;
      }
    }
    return false;
  }

  private static String filled(String text, Placeholders values) {
    StringBuilder filled = new StringBuilder(text.length() + 64);
    int from = 0;
    int open = text.indexOf(OPEN);
    while (open >= 0) {
      int close = text.indexOf("}}", open + 2);
      String value =
          close < 0 || close - open - 2 > LONGEST_NAME
              ? null
              : values.value(text.substring(open + 2, close));
      int next = value == null ? open + 1 : close + 2;
      filled.append(text, from, open).append(value == null ? "{" : value);
      from = next;
      open = text.indexOf(OPEN, next);
    }
    return filled.append(text, from, text.length()).toString();
  }
}
