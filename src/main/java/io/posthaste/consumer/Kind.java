package io.posthaste.consumer;

import io.posthaste.message.InvalidField;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** How a consumer hands on, and where to. */
public sealed interface Kind {
  /** As it stands in requests, stores and metrics. */
  String code();

  /** What it needs, by the names that stand in requests and stores, in order. */
  SequencedMap<String, String> settings();

  /**
   * Publishes to an exchange of RabbitMQ, confirmed.
   *
   * @param exchange empty is the default one, which routes to queues by name; at most 255 bytes
   * @param routingKey at most 255 bytes, possibly none
   */
  record Amqp(String exchange, String routingKey) implements Kind {
    public static final String CODE = "amqp";
    private static final int SHORT = 255;
    private static final String OURS = "posthaste.";

    public Amqp {
      requireShort("exchange", exchange);
      requireShort("routingKey", routingKey);
      requireForeign("exchange", exchange);
      if (exchange.isEmpty()) {
        if (routingKey.isEmpty()) {
          throw new InvalidField(
              "routingKey", "is missing; the default exchange routes to the queue that it names");
        }
        requireForeign("routingKey", routingKey);
      }
    }

    private static void requireShort(String field, String text) {
      if (text.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        throw new InvalidField(field, "must be text without NUL and lone surrogates");
      }
      if (text.getBytes(StandardCharsets.UTF_8).length > SHORT) {
        throw new InvalidField(field, "must have at most 255 bytes");
      }
    }

    // What replicas say to each other there, and dead letters of the broker's making
    private static void requireForeign(String field, String text) {
      if (text.startsWith(OURS)) {
        throw new InvalidField(field, "must not start with 'posthaste.', which is reserved");
      }
    }

    @Override
    public String code() {
      return CODE;
    }

    @Override
    public SequencedMap<String, String> settings() {
      SequencedMap<String, String> settings = new LinkedHashMap<>();
      settings.put("exchange", exchange);
      settings.put("routingKey", routingKey);
      return settings;
    }
  }
}
