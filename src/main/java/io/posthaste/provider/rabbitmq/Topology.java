package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import io.posthaste.queue.Preparation;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Queues;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Declares what Posthaste needs at the broker. A queue that is there already is adopted when it
 * keeps what Posthaste promises: it is durable, a quorum queue, and throws nothing away by itself.
 * Blocking.
 */
final class Topology {
  /** Where the broker puts what it gives up, for {@link DeadDrain} to fetch. */
  static final String DEAD = "posthaste.dead";

  /** Far above any queue's most attempts, which Posthaste counts itself. */
  private static final int DELIVERY_LIMIT = 10_000;

  /** Below, the broker might give a message up before Posthaste has. */
  private static final int LEAST_DELIVERY_LIMIT = 1_000;

  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final int PRECONDITION_FAILED = 406;
  private static final int RESOURCE_LOCKED = 405;

  /** What an adopted queue may have otherwise. */
  private static final Set<String> OPTIONAL =
      Set.of(
          "x-delivery-limit",
          "x-dead-letter-exchange",
          "x-dead-letter-routing-key",
          "x-dead-letter-strategy",
          "x-overflow",
          "x-quorum-initial-group-size",
          "x-queue-leader-locator");

  private static final Pattern DIFFERENCE =
      Pattern.compile(
          "inequivalent arg '(?<name>[^']+)' for queue .*: received .* but current is"
              + " (?:none|the value '(?<value>.*)' of type '(?<type>\\w+)'|'(?<plain>.*)')");

  private final Errands errands;
  private final Supplier<Queues> queues;

  Topology(Errands errands, Supplier<Queues> queues) {
    this.errands = errands;
    this.queues = queues;
  }

  /** Where dead letters of the broker's making go. */
  void declareOwn(Channel channel) throws IOException {
    channel.exchangeDeclare(DEAD, "fanout", true);
    channel.queueDeclare(
        DEAD,
        true,
        false,
        false,
        Map.of("x-queue-type", "quorum", "x-delivery-limit", DELIVERY_LIMIT));
    channel.queueBind(DEAD, DEAD, "");
  }

  /** Makes sure that the broker has the queue. */
  Preparation prepare(QueueName queue) throws IOException {
    Map<String, Object> arguments = new HashMap<>(arguments());
    for (int differences = 0; differences <= OPTIONAL.size(); differences++) {
      Optional<String> refusal = declare(queue, arguments);
      if (refusal.isEmpty()) {
        return new Preparation.Ready();
      }
      if (!adapt(arguments, refusal.get())) {
        return new Preparation.Incompatible(sentence(refusal.get()));
      }
      Optional<String> harm = harm(arguments);
      if (harm.isPresent()) {
        return new Preparation.Incompatible(harm.get());
      }
    }
    return new Preparation.Incompatible("its arguments are none that Posthaste knows");
  }

  /** Whether the broker's queue would do, or there is none; makes none. */
  Preparation examine(QueueName queue) throws IOException {
    try {
      errands.run(channel -> channel.queueDeclarePassive(queue.value()));
    } catch (IOException e) {
      if (Closing.isNotFound(e)) {
        return new Preparation.Ready();
      }
      throw e;
    }
    // To declare what is there only compares it
    return prepare(queue);
  }

  private static Map<String, Object> arguments() {
    return Map.of(
        "x-queue-type",
        "quorum",
        "x-delivery-limit",
        DELIVERY_LIMIT,
        "x-dead-letter-exchange",
        DEAD,
        "x-dead-letter-strategy",
        "at-least-once",
        "x-overflow",
        "reject-publish");
  }

  /** Why the broker would not; empty when the queue is there. */
  private Optional<String> declare(QueueName queue, Map<String, Object> arguments)
      throws IOException {
    try {
      errands.run(channel -> channel.queueDeclare(queue.value(), true, false, false, arguments));
      return Optional.empty();
    } catch (IOException e) {
      if (Closing.reason(e) instanceof AMQP.Channel.Close close
          && (close.getReplyCode() == PRECONDITION_FAILED
              || close.getReplyCode() == RESOURCE_LOCKED)) {
        return Optional.of(close.getReplyText());
      }
      throw e;
    }
  }

  /** Takes over what the queue has otherwise, if that is no harm. */
  private static boolean adapt(Map<String, Object> arguments, String refusal) {
    Matcher difference = DIFFERENCE.matcher(refusal);
    if (!difference.find()) {
      return false;
    }
    String name = difference.group("name");
    if (!OPTIONAL.contains(name)) {
      return false;
    }
    String value = difference.group("value");
    if (value == null) {
      return arguments.remove(name) != null;
    }
    Object typed =
        "longstr".equals(difference.group("type")) ? value : (Object) Long.parseLong(value);
    return !typed.equals(arguments.put(name, typed));
  }

  /** What would make messages vanish, or go where no dead letters are looked for. */
  private static Optional<String> harm(Map<String, Object> arguments) {
    if (arguments.get("x-delivery-limit") instanceof Long limit && limit < LEAST_DELIVERY_LIMIT) {
      return Optional.of(
          "its x-delivery-limit is %d, and must be at least %d or left out"
              .formatted(limit, LEAST_DELIVERY_LIMIT));
    }
    Object exchange = arguments.get("x-dead-letter-exchange");
    return exchange == null || exchange.equals(DEAD)
        ? Optional.empty()
        : Optional.of(
            "its x-dead-letter-exchange is '%s', and must be '%s' or left out"
                .formatted(exchange, DEAD));
  }

  private static String sentence(String refusal) {
    int dash = refusal.indexOf(" - ");
    return dash < 0 ? refusal : refusal.substring(dash + 3);
  }

  /**
   * Declares a queue that the broker has lost; false when it is not defined here either. Another
   * replica may just be removing it, in this order.
   */
  boolean heal(Queue queue) throws IOException {
    return queues.get().isDefined(queue).await().atMost(PATIENCE)
        && prepare(queue.name()) instanceof Preparation.Ready;
  }

  /** Removes what is ready in the queue, and says how much. */
  long purge(QueueName queue) throws IOException {
    try {
      return errands.run(channel -> channel.queuePurge(queue.value()).getMessageCount());
    } catch (IOException e) {
      if (Closing.isNotFound(e)) {
        return 0;
      }
      throw e;
    }
  }

  /** Removes the queue and what is in it. */
  void remove(QueueName queue) throws IOException {
    errands.run(channel -> channel.queueDelete(queue.value()));
  }
}
