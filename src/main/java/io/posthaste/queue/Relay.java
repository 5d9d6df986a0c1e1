package io.posthaste.queue;

import io.smallrye.mutiny.Uni;
import java.util.List;

/**
 * The part of a broker that takes in what has waited in the outbox: replays, schedules, and what a
 * broker without delays of its own cannot keep.
 */
public interface Relay {

  /** The name of the {@link QueueProvider} that it belongs to. */
  String name();

  /** Whether the broker answers at the moment. */
  Uni<Boolean> reachable();

  /**
   * Publishes messages that are due, now. Each outcome comes after its message is durable: {@code
   * Stored} and {@code QueueChanged} end its stay in the outbox, {@code Refused} and {@code
   * TooLarge} make it a dead letter, every other outcome makes it try again later, and so does a
   * failure. May be asked for the same message again, with another {@link Move}.
   */
  Uni<List<SendOutcome>> publish(Queue queue, List<Deliverable> messages);
}
