package io.posthaste.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.LongString;
import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.QueueName;
import io.posthaste.wire.WireNames;
import io.posthaste.wire.WireReader;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what an AMQP client wants sent: where to, and when. What Posthaste notes on messages of its
 * own queues, such as attempts, means nothing on one that comes in here.
 */
final class Reading {
  private final BasicProperties properties;
  private final Map<String, Object> headers;

  private Reading(BasicProperties properties) {
    this.properties = properties;
    this.headers = properties.getHeaders() == null ? Map.of() : properties.getHeaders();
  }

  /** The queue that it names; empty: it is for a topic, by its routing key. */
  static Optional<QueueName> queue(BasicProperties properties) {
    return Optional.ofNullable(new Reading(properties).text(WireNames.QUEUE)).map(QueueName::new);
  }

  /**
   * The message, with the sender's id if that is a UUID.
   *
   * @throws InvalidField at what does not fit into one
   */
  static NewMessage message(Arrival arrival, Supplier<MessageId> ids, Instant now) {
    Reading in = new Reading(arrival.properties());
    Content content = in.withForeignId(WireReader.content(arrival.properties(), arrival.body()));
    if (content.headers().size() > Content.MAX_HEADERS) {
      throw new InvalidField("headers", "must be at most " + Content.MAX_HEADERS);
    }
    return new NewMessage(in.id().orElseGet(ids), content, in.due(now), in.timeToLive());
  }

  private Optional<MessageId> id() {
    return Optional.ofNullable(properties.getMessageId()).flatMap(Reading::uuid);
  }

  private static Optional<MessageId> uuid(String text) {
    try {
      return Optional.of(MessageId.parse(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private Content withForeignId(Content content) {
    String id = properties.getMessageId();
    if (id == null || id.isEmpty() || content.headers().containsKey(WireNames.FOREIGN_ID)) {
      return content;
    }
    Map<String, String> all = new LinkedHashMap<>(content.headers());
    all.put(WireNames.FOREIGN_ID, id);
    return content.withHeaders(all);
  }

  private Due due(Instant now) {
    Duration delay = duration(WireNames.DELAY, "delay");
    Instant moment = instant(WireNames.DELIVER_AT, "deliverAt");
    if (moment == null) {
      return delay == null ? Due.NOW : new Due.After(delay);
    }
    if (delay != null) {
      throw new InvalidField("deliverAt", "must not stand beside 'delay'");
    }
    if (moment.isAfter(now.plus(Due.MAX_DELAY))) {
      throw new InvalidField("deliverAt", "must be at most 3660 days ahead");
    }
    // Long ago is as good as now, and stores cannot count back to the beginning of time
    return new Due.At(moment.isBefore(Instant.EPOCH) ? Instant.EPOCH : moment);
  }

  private @Nullable Duration timeToLive() {
    String expiration = properties.getExpiration();
    if (expiration == null || expiration.isEmpty()) {
      return null;
    }
    try {
      return Duration.ofMillis(Long.parseLong(expiration));
    } catch (NumberFormatException _) {
      throw new InvalidField("ttl", "must be an expiration in whole milliseconds");
    }
  }

  private @Nullable Duration duration(String header, String field) {
    String text = text(header);
    try {
      return text == null ? null : Duration.parse(text);
    } catch (DateTimeParseException _) {
      throw new InvalidField(field, "must be a duration such as PT30S in header " + header);
    }
  }

  private @Nullable Instant instant(String header, String field) {
    String text = text(header);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException _) {
      throw new InvalidField(
          field, "must be a time such as 2027-03-01T08:00:00Z in header " + header);
    }
  }

  private @Nullable String text(String header) {
    return switch (headers.get(header)) {
      case LongString text -> text.toString();
      case String text -> text;
      case null -> null;
      default -> throw new InvalidField("headers." + header, "must be text");
    };
  }
}
