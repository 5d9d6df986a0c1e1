package io.posthaste.consumer;

import io.posthaste.message.Delivery;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** Where a consumer hands on to. */
interface Destination {
  /**
   * @throws io.posthaste.queue.ProviderDisabled if nothing can be handed on until an operator acts
   */
  void requireEnabled();

  /** What it is, for sentences. */
  String name();

  /** What stands in the way of handing on, as a sentence; empty when nothing does. */
  Optional<String> obstacle();

  /**
   * Hands on one message, without blocking. Fails with {@code ProviderUnavailable} or {@code
   * OutcomeUnknown} when the other side is away.
   */
  Uni<Verdict> hand(Delivery delivery);
}
