package io.posthaste.queue.contract;

import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import java.time.Duration;
import java.time.Instant;

/** A provider on a running broker, the clock that rules there, and what a test must see behind. */
public interface ProviderUnderTest extends AutoCloseable {

  QueueProvider provider();

  /** The same queues as another replica of the service serves them. */
  QueueProvider replica();

  Queues queues();

  /** The moment that leases and due times are measured by. */
  Instant now();

  /**
   * The span that the contract counts in. Where the clock can be moved it is long against whatever
   * holds a test up; where it cannot, as short as {@link #pass} can bear to wait for.
   */
  Duration unit();

  /**
   * Lets time pass, by moving the clock where that can be done and by waiting where it cannot, and
   * does the upkeep that is due then.
   */
  void pass(Duration span);

  /** What the service does unasked from time to time: as both replicas do it, until all is done. */
  void upkeep();

  DeadLetterStore deadLetters();

  /** Stops what {@link #provider} and {@link #replica} run on. */
  @Override
  void close();
}
