package io.posthaste.message;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the sender wrote and every receiver is handed.
 *
 * @param type what kind of message this is, 1 to 255 characters
 * @param headers at most 100, in the order written; names 1 to 255 characters, values to 8,192
 * @param correlationId ties a message to others, 1 to 255 characters
 * @param priority 0 (default) to 9; greater is handed out earlier
 * @param group messages of one group are delivered in order where the queue orders by group, 1 to
 *     256 characters
 * @param deduplicationId the same id within the queue's window is one message, 1 to 256 characters
 */
public record Content(
    Payload payload,
    @Nullable String type,
    Map<String, String> headers,
    @Nullable String correlationId,
    int priority,
    @Nullable String group,
    @Nullable String deduplicationId) {

  public static final int MAX_PRIORITY = 9;

  /** What a sender may write. */
  public static final int MAX_HEADERS = 100;

  /** Trace context and a replay add theirs. */
  private static final int MOST_HEADERS = MAX_HEADERS + 10;

  public Content {
    requireText("type", type, 255);
    requireText("correlationId", correlationId, 255);
    requireText("group", group, 256);
    requireText("deduplicationId", deduplicationId, 256);
    if (priority < 0 || priority > MAX_PRIORITY) {
      throw new InvalidField("priority", "must be a whole number from 0 to 9");
    }
    headers = validated(headers);
  }

  public static Content of(Payload payload) {
    return new Content(payload, null, Map.of(), null, 0, null, null);
  }

  public Content withPayload(Payload changed) {
    return new Content(changed, type, headers, correlationId, priority, group, deduplicationId);
  }

  public Content withHeaders(Map<String, String> changed) {
    return new Content(payload, type, changed, correlationId, priority, group, deduplicationId);
  }

  private static void requireText(String field, @Nullable String text, int max) {
    if (text != null) {
      Text.require(field, text, 1, max);
    }
  }

  private static void requireName(String name) {
    if (name.isEmpty() || name.length() > 255) {
      throw new InvalidField(
          "headers",
          "must have names of 1 to 255 characters, unlike '"
              + (name.length() > 50 ? name.substring(0, 50) + "…" : name)
              + "'");
    }
    Text.require("headers", name, 1, 255);
  }

  private static Map<String, String> validated(Map<String, String> headers) {
    if (headers.isEmpty()) {
      return Map.of();
    }
    requireHeaders(headers);
    return Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  /**
   * @throws InvalidField if no message can have these headers
   */
  public static void requireHeaders(Map<String, String> headers) {
    if (headers.size() > MOST_HEADERS) {
      throw new InvalidField("headers", "must have at most " + MAX_HEADERS + " entries");
    }
    headers.forEach(
        (name, value) -> {
          requireName(name);
          Text.require("headers." + name, value, 0, 8192);
        });
  }
}
