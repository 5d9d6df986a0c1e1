package io.posthaste.rest;

import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.NewMessage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a message to send, as they come. */
final class MessageReader implements StrictJson.Field {
  private byte @Nullable [] payload;
  private byte @Nullable [] binary;
  private @Nullable String contentType;
  private @Nullable String type;
  private Map<String, String> headers = Map.of();
  private @Nullable String correlationId;
  private int priority;
  private @Nullable String group;
  private @Nullable String deduplicationId;
  private @Nullable Duration delay;
  private @Nullable Instant deliverAt;
  private @Nullable Duration ttl;

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    switch (name) {
      case "payload" -> payload = in.raw(name, StrictJson.DEPTH);
      case "payloadBase64" -> binary = base64(in.string(name));
      case "contentType" -> contentType = in.string(name);
      case "type" -> type = in.string(name);
      case "headers" -> headers = headers(in.stringMap(name));
      case "correlationId" -> correlationId = in.string(name);
      case "priority" -> priority = in.wholeNumber(name, 0, Content.MAX_PRIORITY);
      case "group" -> group = in.string(name);
      case "deduplicationId" -> deduplicationId = in.string(name);
      case "delay" -> delay = in.duration(name);
      case "deliverAt" -> deliverAt = in.instant(name);
      case "ttl" -> ttl = in.duration(name);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Map<String, String> headers(Map<String, String> headers) {
    if (headers.size() > Content.MAX_HEADERS) {
      throw StrictJson.tooMany("headers", Content.MAX_HEADERS);
    }
    return headers;
  }

  private static byte[] base64(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidField("payloadBase64", "must be standard base64");
    }
  }

  /** The message, with the caller's trace context unless it carries one of its own. */
  NewMessage message(MessageId id, TraceContext trace, Instant now) {
    Content content = content();
    Map<String, String> traced = trace.addTo(content.headers());
    // Checking them twice would be felt
    Content whole = traced == content.headers() ? content : content.withHeaders(traced);
    return new NewMessage(id, whole, due(delay, deliverAt, now), ttl);
  }

  /** What every receiver is handed. */
  Content content() {
    return new Content(payload(), type, headers, correlationId, priority, group, deduplicationId);
  }

  @Nullable Duration timeToLive() {
    return ttl;
  }

  private Payload payload() {
    if (payload != null && binary != null) {
      throw new InvalidField("payloadBase64", "must not stand beside 'payload'");
    }
    if (binary != null) {
      return new Payload.Binary(
          binary, contentType == null ? Payload.Binary.DEFAULT_CONTENT_TYPE : contentType);
    }
    if (contentType != null) {
      throw new InvalidField("contentType", "goes with 'payloadBase64' only");
    }
    if (payload == null) {
      throw new InvalidField("payload", "is missing; send 'payload' or 'payloadBase64'");
    }
    return new Payload.Json(payload);
  }

  static Due due(@Nullable Duration delay, @Nullable Instant deliverAt, Instant now) {
    if (deliverAt == null) {
      return delay == null ? Due.NOW : new Due.After(delay);
    }
    if (delay != null) {
      throw new InvalidField("deliverAt", "must not stand beside 'delay'");
    }
    if (deliverAt.isAfter(now.plus(Due.MAX_DELAY))) {
      throw new InvalidField("deliverAt", "must be at most 3660 days ahead");
    }
    // Long ago is as good as now, and stores cannot count back to the beginning of time
    return new Due.At(deliverAt.isBefore(Instant.EPOCH) ? Instant.EPOCH : deliverAt);
  }
}
