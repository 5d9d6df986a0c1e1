package io.posthaste.consumer;

import io.posthaste.delivery.Settle;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Settlement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * Settles what a consumer has decided, all that has gathered while the last settling was under way
 * in the next one. While the queue's broker is away it is tried again for as long as the leases
 * last; then the messages come again by themselves.
 */
final class Settling {
  private static final Logger LOG = Logger.getLogger(Settling.class);
  private static final int AT_ONCE = 500;

  private final Settle settle;
  private final QueueName queue;
  private final Duration lease;
  private final BiConsumer<Decided, Settlement.Outcome> done;

  // Guarded by this
  private final Deque<Decided> waiting = new ArrayDeque<>();
  private boolean busy;

  /**
   * One delivery, and what is to become of it.
   *
   * @param bytes of its payload
   */
  record Decided(Batch batch, Settlement settlement, int bytes) {}

  /**
   * @param done hears of each, once; {@code LEASE_LOST} where nothing could be said in time
   */
  Settling(
      Settle settle,
      QueueName queue,
      Duration lease,
      BiConsumer<Decided, Settlement.Outcome> done) {
    this.settle = settle;
    this.queue = queue;
    this.lease = lease;
    this.done = done;
  }

  void add(Decided decided) {
    synchronized (this) {
      waiting.add(decided);
      if (busy) {
        return;
      }
      busy = true;
    }
    next();
  }

  /** To be called several times a second: tries again what failed. */
  void again() {
    synchronized (this) {
      if (busy || waiting.isEmpty()) {
        return;
      }
      busy = true;
    }
    next();
  }

  private void next() {
    List<Decided> some = new ArrayList<>();
    synchronized (this) {
      while (!waiting.isEmpty() && some.size() < AT_ONCE) {
        some.add(waiting.poll());
      }
      if (some.isEmpty()) {
        busy = false;
        return;
      }
    }
    settle
        .settle(queue, some.stream().map(Decided::settlement).toList())
        .subscribe()
        .with(outcomes -> settled(some, outcomes), failure -> failed(some, failure));
  }

  private void settled(List<Decided> some, List<Settlement.Outcome> outcomes) {
    for (int i = 0; i < some.size(); i++) {
      done.accept(some.get(i), outcomes.get(i));
    }
    next();
  }

  private void failed(List<Decided> some, Throwable failure) {
    LOG.debugf("not settled queue=%s messages=%d cause=%s", queue, some.size(), failure);
    boolean mayPass = failure instanceof ProviderUnavailable || failure instanceof OutcomeUnknown;
    List<Decided> late = new ArrayList<>();
    synchronized (this) {
      long now = System.nanoTime();
      for (Decided decided : some.reversed()) {
        if (mayPass && now - decided.batch().since() < lease.toNanos()) {
          waiting.addFirst(decided);
        } else {
          late.add(decided);
        }
      }
      busy = false;
    }
    late.forEach(decided -> done.accept(decided, Settlement.Outcome.LEASE_LOST));
  }
}
