package io.posthaste.rest;

import io.posthaste.consumer.Condition;
import io.posthaste.consumer.Consumer;
import io.posthaste.consumer.Kind;
import io.posthaste.message.InvalidField;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A consumer as it stands in requests and answers: its kind, and what that kind needs. */
final class ConsumerJson implements StrictJson.Field {
  private @Nullable String kind;
  private @Nullable String exchange;
  private @Nullable String routingKey;

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    switch (name) {
      case "kind" -> kind = in.string(name);
      case "exchange" -> exchange = in.string(name);
      case "routingKey" -> routingKey = in.string(name);
      default -> {
        return false;
      }
    }
    return true;
  }

  Kind kind() {
    return switch (kind) {
      case null -> throw new InvalidField("kind", "is missing; send \"amqp\"");
      case Kind.Amqp.CODE -> amqp();
      default -> throw new InvalidField("kind", "must be \"amqp\"");
    };
  }

  private Kind.Amqp amqp() {
    if (exchange == null) {
      throw new InvalidField(
          "exchange", "is missing; send the name of an exchange, or \"\" for the default one");
    }
    return new Kind.Amqp(exchange, routingKey == null ? "" : routingKey);
  }

  static void write(JsonWriter out, Consumer consumer, Condition condition) {
    out.open()
        .field("name", consumer.name().value())
        .field("queue", consumer.queue().value())
        .field("kind", consumer.kind().code());
    consumer.kind().settings().forEach(out::field);
    out.field("state", condition.state().name().toLowerCase(Locale.ROOT))
        .field("waitingFor", condition.waitingFor())
        .field("inFlight", condition.inFlight());
    Condition.Trouble trouble = condition.lastError();
    if (trouble != null) {
      out.name("lastError")
          .open()
          .field("at", trouble.at())
          .field("reason", trouble.reason())
          .close();
    }
    out.field("createdAt", consumer.createdAt()).field("changedAt", consumer.changedAt()).close();
  }
}
