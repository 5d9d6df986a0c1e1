package io.posthaste.amqp;

import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.Map;

/** What the intake needs at the broker. */
final class IntakeTopology {
  static final String EXCHANGE = "posthaste";
  static final String INTAKE = "posthaste.intake";
  static final String REJECTED = "posthaste.rejected";

  /** Only the safety net for a message that ends every replica that takes it. */
  private static final int DELIVERY_LIMIT = 10_000;

  private IntakeTopology() {}

  /** Declares it all, as often as called. Blocking. */
  static void declare(Channel channel) throws IOException {
    channel.queueDeclare(REJECTED, true, false, false, Map.of("x-queue-type", "quorum"));
    channel.queueDeclare(
        INTAKE,
        true,
        false,
        false,
        Map.of(
            "x-queue-type", "quorum",
            "x-delivery-limit", DELIVERY_LIMIT,
            "x-dead-letter-exchange", "",
            "x-dead-letter-routing-key", REJECTED,
            "x-dead-letter-strategy", "at-least-once",
            "x-overflow", "reject-publish"));
    channel.exchangeDeclare(EXCHANGE, "topic", true);
    channel.queueBind(INTAKE, EXCHANGE, "#");
  }
}
