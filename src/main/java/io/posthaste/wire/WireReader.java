package io.posthaste.wire;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.LongString;
import io.posthaste.message.Content;
import io.posthaste.message.InvalidField;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.Move;
import io.posthaste.store.HeadersText;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads any AMQP message, ours or not. What a foreign sender left out is filled in; what does not
 * fit into a message of ours makes it poison.
 */
public final class WireReader {
  /** The last microsecond of the year 9999, counted from 1970. */
  private static final long LATEST =
      WireWriter.micros(Instant.parse("9999-12-31T23:59:59.999999Z"));

  private final BasicProperties properties;
  private final Map<String, Object> headers;
  private final byte[] body;
  private final Instant now;

  private WireReader(BasicProperties properties, byte[] body, Instant now) {
    this.properties = properties;
    this.headers = properties.getHeaders() == null ? Map.of() : properties.getHeaders();
    this.body = body;
    this.now = now;
  }

  /** What was read. */
  public sealed interface Read {
    record Good(Carried carried) implements Read {}

    /** It cannot be a message of ours; as much of it as can be kept. */
    record Poison(Carried remains, String reason) implements Read {}
  }

  /** Whether a message has an id from which ours follows, the same at every delivery. */
  public static boolean hasId(BasicProperties properties) {
    String id = properties.getMessageId();
    return id != null && !id.isEmpty();
  }

  public static Read read(String queue, BasicProperties properties, byte[] body, Instant now) {
    WireReader in = new WireReader(properties, body, now);
    MessageId id = in.id(queue);
    try {
      return new Read.Good(in.carried(id, in.content()));
    } catch (InvalidField e) {
      Carried remains = in.carried(id, Content.of(in.remains()));
      return new Read.Poison(remains, e.field() + " " + e.getMessage());
    }
  }

  /**
   * What every receiver is handed of it.
   *
   * @throws InvalidField at what does not fit into a message of ours
   */
  public static Content content(BasicProperties properties, byte[] body) {
    return new WireReader(properties, body, Instant.EPOCH).content();
  }

  private MessageId id(String queue) {
    String id = Objects.requireNonNullElse(properties.getMessageId(), "");
    try {
      return MessageId.parse(id);
    } catch (IllegalArgumentException _) {
      // The same at each delivery, and another one in another queue
      return new MessageId(
          UUID.nameUUIDFromBytes((queue + "\n" + id).getBytes(StandardCharsets.UTF_8)));
    }
  }

  private Carried carried(MessageId id, Content content) {
    Instant stored = instant(WireNames.ENQUEUED);
    Instant enqueued = stored == null ? sent() : stored;
    return new Carried(
        new Message(id, content, enqueued),
        headers.get(WireNames.ATTEMPT) instanceof Number failed
            ? Math.max(0, failed.intValue())
            : 0,
        Objects.requireNonNullElse(instant(WireNames.DUE), stored == null ? now : stored),
        instant(WireNames.EXPIRES),
        move());
  }

  // A foreign sender's timestamp may be that of what happened, long ago or yet to come: it is shown
  // where it can be true, and the message's time is counted from when it was seen
  private Instant sent() {
    Date timestamp = properties.getTimestamp();
    if (timestamp == null || timestamp.getTime() <= 0 || timestamp.toInstant().isAfter(now)) {
      return now;
    }
    return timestamp.toInstant();
  }

  private @Nullable Move move() {
    String move = text(WireNames.MOVE);
    try {
      return move == null ? null : Move.parse(move);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private Content content() {
    Integer priority = properties.getPriority();
    return new Content(
        payload(),
        orHeader(properties.getType(), WireNames.TYPE),
        contentHeaders(),
        orHeader(properties.getCorrelationId(), WireNames.CORRELATION_ID),
        priority == null ? 0 : Math.min(Content.MAX_PRIORITY, priority),
        valueOf(WireNames.GROUP),
        valueOf(WireNames.DEDUPLICATION_ID));
  }

  private @Nullable String orHeader(@Nullable String property, String header) {
    return property == null || property.isEmpty() ? text(header) : property;
  }

  private Payload payload() {
    String type = orHeader(properties.getContentType(), WireNames.CONTENT_TYPE);
    boolean json =
        type != null
            && isJson(type)
            && text(WireNames.PAYLOAD) == null
            && properties.getContentEncoding() == null
            && JsonCheck.isJson(body);
    return json
        ? new Payload.Json(body)
        : new Payload.Binary(body, type == null ? Payload.Binary.DEFAULT_CONTENT_TYPE : type);
  }

  private Payload remains() {
    return new Payload.Binary(body, Payload.Binary.DEFAULT_CONTENT_TYPE);
  }

  static boolean isJson(String contentType) {
    int parameters = contentType.indexOf(';');
    String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
    return type.strip().toLowerCase(Locale.ROOT).equals(WireWriter.JSON);
  }

  private Map<String, String> contentHeaders() {
    Map<String, String> found = new TreeMap<>();
    headers.forEach(
        (name, value) -> {
          if (!WireNames.isReserved(name) && value != null) {
            found.put(name, HeaderValue.text(value));
          }
        });
    String apart = text(WireNames.HEADERS);
    if (apart != null) {
      try {
        found.putAll(HeadersText.read(apart));
      } catch (UncheckedIOException e) {
        throw new InvalidField("headers", "hold " + WireNames.HEADERS + " that is not ours");
      }
    }
    keepForeign(found);
    return inOrder(found);
  }

  // What has no field in a message of ours is a header of it
  private void keepForeign(Map<String, String> found) {
    String id = properties.getMessageId();
    if (id != null && !isUuid(id)) {
      found.putIfAbsent(WireNames.FOREIGN_ID, id);
    }
    if (properties.getContentEncoding() != null) {
      found.putIfAbsent(WireNames.FOREIGN_ENCODING, properties.getContentEncoding());
    }
  }

  private static boolean isUuid(String id) {
    try {
      MessageId.parse(id);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private Map<String, String> inOrder(Map<String, String> found) {
    if (found.size() < 2) {
      return found;
    }
    Map<String, String> ordered = new LinkedHashMap<>();
    for (String name : order()) {
      String value = found.remove(name);
      if (value != null) {
        ordered.put(name, value);
      }
    }
    ordered.putAll(found);
    return ordered;
  }

  private List<String> order() {
    List<String> names = new ArrayList<>();
    if (headers.get(WireNames.ORDER) instanceof List<?> written) {
      written.forEach(name -> names.add(String.valueOf(name)));
    }
    return names;
  }

  // Anybody may have written them; beyond the year 9999 no store goes
  private @Nullable Instant instant(String header) {
    return headers.get(header) instanceof Number micros
            && micros.longValue() >= 0
            && micros.longValue() <= LATEST
        ? Instant.EPOCH.plus(micros.longValue(), ChronoUnit.MICROS)
        : null;
  }

  /** What clients of some languages write as a number is as good as text. */
  private @Nullable String valueOf(String header) {
    Object value = headers.get(header);
    return value == null ? null : HeaderValue.text(value);
  }

  private @Nullable String text(String header) {
    return switch (headers.get(header)) {
      case LongString text -> text.toString();
      case String text -> text;
      case null, default -> null;
    };
  }
}
