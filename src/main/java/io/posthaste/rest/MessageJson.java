package io.posthaste.rest;

import io.posthaste.message.Content;
import io.posthaste.message.Delivery;
import io.posthaste.message.Message;
import io.posthaste.message.Payload;
import io.posthaste.queue.StoredMessage;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** Messages and deliveries as they stand in answers. What is absent is left out. */
final class MessageJson {
  private MessageJson() {}

  static byte[] deliveries(List<Delivery> deliveries) {
    int size = 64;
    for (Delivery delivery : deliveries) {
      size += 400 + delivery.message().content().payload().size();
    }
    JsonWriter out = new JsonWriter(size);
    out.open().name("deliveries").openList();
    for (Delivery delivery : deliveries) {
      out.open()
          .field("receipt", delivery.receipt().token())
          .field("attempt", delivery.attempt())
          .field("leasedUntil", delivery.leasedUntil())
          .field("enqueuedAt", delivery.message().enqueuedAt())
          .name("message");
      out.open();
      message(out, delivery.message());
      out.close().close();
    }
    return out.closeList().close().toBytes();
  }

  /** The fields of a message, without the braces. */
  static void message(JsonWriter out, Message message) {
    out.field("id", message.id().toString());
    content(out, message.content());
  }

  /** The same without the id. */
  static void content(JsonWriter out, Content content) {
    payload(out, content.payload());
    out.field("type", content.type())
        .field("headers", content.headers())
        .field("correlationId", content.correlationId());
    if (content.priority() > 0) {
      out.field("priority", content.priority());
    }
    out.field("group", content.group()).field("deduplicationId", content.deduplicationId());
  }

  private static void payload(JsonWriter out, Payload payload) {
    switch (payload) {
      case Payload.Json json -> out.name("payload").raw(json.bytes());
      case Payload.Binary binary ->
          out.field("payloadBase64", Base64.getEncoder().encodeToString(binary.bytes()))
              .field("contentType", binary.contentType());
    }
  }

  static void stored(JsonWriter out, StoredMessage stored) {
    out.open();
    message(out, stored.message());
    out.field("enqueuedAt", stored.message().enqueuedAt())
        .field("state", stored.state().name().toLowerCase(Locale.ROOT))
        .field("due", stored.due())
        .field("attempt", stored.attempt())
        .close();
  }
}
