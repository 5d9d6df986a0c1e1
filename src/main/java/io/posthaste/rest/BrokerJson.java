package io.posthaste.rest;

import io.posthaste.broker.Broker;
import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads what operators ask of the broker. */
final class BrokerJson {
  /** AMQP's short strings, in bytes. */
  private static final int SHORT = 255;

  /** Half of what brokers take in a frame unless they are told otherwise, in bytes. */
  private static final int LARGEST_TABLE = 64 * 1024;

  private BrokerJson() {}

  /** The name of something at the broker. */
  static String existing(String field, @Nullable String name) {
    if (name == null || name.isEmpty()) {
      throw new InvalidField(field, "is missing");
    }
    return fitting(field, name);
  }

  /** The same, of something that is not Posthaste's own. */
  static String unreserved(String field, @Nullable String name) {
    String text = existing(field, name);
    if (text.startsWith("posthaste.") || text.startsWith("amq.")) {
      throw new InvalidField(field, "must not start with 'posthaste.' or 'amq.', both reserved");
    }
    return text;
  }

  private static String fitting(String field, String text) {
    if (bytes(text) > SHORT) {
      throw new InvalidField(field, "must have at most 255 bytes");
    }
    return text;
  }

  // One frame of AMQP carries it, and a frame that is too large ends the connection
  private static <T> Map<String, T> tableOf(String field, Map<String, T> table) {
    int size = 0;
    for (Map.Entry<String, T> entry : table.entrySet()) {
      int name = bytes(entry.getKey());
      if (name > SHORT) {
        throw new InvalidField(field, "must have names of at most 255 bytes");
      }
      size += name + bytes(entry.getValue().toString());
    }
    if (size > LARGEST_TABLE) {
      throw new InvalidField(field, "must have at most 65,536 bytes, names and values together");
    }
    return table;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  static Problem notFound(String what, String name) {
    return new Problem(ProblemType.NOT_FOUND, "The broker has no " + what + " '" + name + "'.");
  }

  /** {@code {"name","durable","autoDelete","arguments"}}. */
  static final class QueueBody implements StrictJson.Field {
    private @Nullable String name;
    private boolean durable = true;
    private boolean autoDelete;
    private Map<String, Object> arguments = Map.of();

    @Override
    public boolean read(String field, StrictJson in) throws IOException {
      switch (field) {
        case "name" -> name = unreserved(field, in.string(field));
        case "durable" -> durable = in.bool(field);
        case "autoDelete" -> autoDelete = in.bool(field);
        case "exclusive" -> requireShared(in.bool(field));
        case "arguments" -> arguments = tableOf(field, in.scalars(field));
        default -> {
          return false;
        }
      }
      return true;
    }

    private static void requireShared(boolean exclusive) {
      if (exclusive) {
        throw new InvalidField(
            "exclusive",
            "cannot be true: an exclusive queue belongs to one connection, and those of Posthaste are shared");
      }
    }

    Broker.QueueDefinition definition() {
      return new Broker.QueueDefinition(unreserved("name", name), durable, autoDelete, arguments);
    }
  }

  /** {@code {"name","type","durable","autoDelete","internal","arguments"}}. */
  static final class ExchangeBody implements StrictJson.Field {
    private @Nullable String name;
    private String type = "topic";
    private boolean durable = true;
    private boolean autoDelete;
    private boolean internal;
    private Map<String, Object> arguments = Map.of();

    @Override
    public boolean read(String field, StrictJson in) throws IOException {
      switch (field) {
        case "name" -> name = unreserved(field, in.string(field));
        case "type" -> type = existing(field, in.string(field));
        case "durable" -> durable = in.bool(field);
        case "autoDelete" -> autoDelete = in.bool(field);
        case "internal" -> internal = in.bool(field);
        case "arguments" -> arguments = tableOf(field, in.scalars(field));
        default -> {
          return false;
        }
      }
      return true;
    }

    Broker.ExchangeDefinition definition() {
      return definition(unreserved("name", name));
    }

    /** The same where the name stands elsewhere. */
    Broker.ExchangeDefinition definition(String called) {
      return new Broker.ExchangeDefinition(called, type, durable, autoDelete, internal, arguments);
    }
  }

  /** {@code {"exchange","queue","routingKey","arguments"}}. */
  static final class BindingBody implements StrictJson.Field {
    private @Nullable String exchange;
    private @Nullable String queue;
    private String routingKey = "";
    private Map<String, Object> arguments = Map.of();

    @Override
    public boolean read(String field, StrictJson in) throws IOException {
      switch (field) {
        case "exchange" -> exchange = existing(field, in.string(field));
        case "queue" -> queue = existing(field, in.string(field));
        case "routingKey" -> routingKey = fitting(field, in.string(field));
        case "arguments" -> arguments = tableOf(field, in.scalars(field));
        default -> {
          return false;
        }
      }
      return true;
    }

    Broker.Binding binding() {
      return new Broker.Binding(
          existing("exchange", exchange), unreserved("queue", queue), routingKey, arguments);
    }
  }

  /** {@code {"exchange","routingKey","payload"}}, or bytes and their content type. */
  static final class MessageBody implements StrictJson.Field {
    private String exchange = "";
    private String routingKey = "";
    private byte @Nullable [] json;
    private byte @Nullable [] bytes;
    private @Nullable String contentType;
    private Map<String, String> headers = Map.of();

    @Override
    public boolean read(String field, StrictJson in) throws IOException {
      switch (field) {
        case "exchange" -> exchange = fitting(field, in.string(field));
        case "routingKey" -> routingKey = fitting(field, in.string(field));
        case "payload" -> json = in.raw(field, StrictJson.DEPTH);
        case "payloadBase64" -> bytes = decoded(in.string(field));
        case "contentType" -> contentType = fitting(field, in.string(field));
        case "headers" -> headers = tableOf(field, in.stringMap(field));
        default -> {
          return false;
        }
      }
      return true;
    }

    private static byte[] decoded(String text) {
      try {
        return Base64.getDecoder().decode(text);
      } catch (IllegalArgumentException e) {
        throw new InvalidField("payloadBase64", "must be base64");
      }
    }

    Broker.Publication publication() {
      if ((json == null) == (bytes == null)) {
        throw new InvalidField("payload", "or 'payloadBase64' must be there, and not both");
      }
      return json != null
          ? new Broker.Publication(exchange, routingKey, json, "application/json", headers)
          : new Broker.Publication(
              exchange,
              routingKey,
              Objects.requireNonNull(bytes),
              Objects.requireNonNullElse(contentType, "application/octet-stream"),
              headers);
    }
  }
}
