package io.posthaste.broker;

import io.posthaste.message.Message;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** Publishes messages of queues onto exchanges of an AMQP broker, whoever has declared them. */
public interface Exchanges {
  /**
   * @throws io.posthaste.queue.ProviderDisabled if no broker is configured
   */
  void requireEnabled();

  /** Why nothing can be published at the moment, as a sentence; empty when something can. */
  Optional<String> obstacle();

  /**
   * Publishes a message, and answers with the broker's word on it. What is under way is bounded.
   * Fails with {@code ProviderUnavailable} when nothing was done, with {@code OutcomeUnknown} when
   * it may have been published.
   */
  Uni<Outcome> publish(Publication publication);

  /**
   * A message on its way.
   *
   * @param exchange empty is the default one, which routes to queues by name
   * @param attempt which attempt at this message it is, 1 at first
   */
  record Publication(String exchange, String routingKey, Message message, int attempt) {}

  /** What became of it. */
  sealed interface Outcome {
    /** Every queue that it was routed to has it safe. */
    record Confirmed() implements Outcome {}

    /** No queue is bound for it. */
    record Unroutable() implements Outcome {}

    record NoExchange() implements Outcome {}

    /** The broker did not take responsibility for it. */
    record Nacked() implements Outcome {}

    /** The broker would not have it at all, in its words. */
    record Refused(String reason) implements Outcome {}
  }
}
