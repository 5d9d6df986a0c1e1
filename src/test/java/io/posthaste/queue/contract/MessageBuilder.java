package io.posthaste.queue.contract;

import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.message.UuidV7;
import io.posthaste.queue.NewMessage;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes messages; each {@link #build} is one of its own, with an id of its own. */
public final class MessageBuilder {
  private static final UuidV7 IDS = new UuidV7(InstantSource.system(), new SecureRandom());

  private Payload payload = new Payload.Json(utf8("{\"n\":1}"));
  private @Nullable String type;
  private Map<String, String> headers = Map.of();
  private @Nullable String correlationId;
  private int priority;
  private @Nullable String group;
  private @Nullable String deduplicationId;
  private Due due = Due.NOW;
  private @Nullable Duration timeToLive;

  private MessageBuilder() {}

  public static MessageBuilder aMessage() {
    return new MessageBuilder();
  }

  /** A message whose payload is this word, in quotation marks. */
  public static MessageBuilder aMessage(String word) {
    return aMessage().withPayload(new Payload.Json(utf8('"' + word + '"')));
  }

  public MessageBuilder withPayload(Payload changed) {
    payload = changed;
    return this;
  }

  public MessageBuilder withType(String changed) {
    type = changed;
    return this;
  }

  public MessageBuilder withHeaders(Map<String, String> changed) {
    headers = changed;
    return this;
  }

  public MessageBuilder withCorrelationId(String changed) {
    correlationId = changed;
    return this;
  }

  public MessageBuilder withPriority(int changed) {
    priority = changed;
    return this;
  }

  public MessageBuilder withGroup(String changed) {
    group = changed;
    return this;
  }

  public MessageBuilder withDeduplicationId(String changed) {
    deduplicationId = changed;
    return this;
  }

  public MessageBuilder withDelay(Duration delay) {
    due = new Due.After(delay);
    return this;
  }

  public MessageBuilder dueAt(Instant instant) {
    due = new Due.At(instant);
    return this;
  }

  public MessageBuilder withTimeToLive(Duration changed) {
    timeToLive = changed;
    return this;
  }

  public NewMessage build() {
    Content content =
        new Content(payload, type, headers, correlationId, priority, group, deduplicationId);
    return new NewMessage(new MessageId(IDS.next()), content, due, timeToLive);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
