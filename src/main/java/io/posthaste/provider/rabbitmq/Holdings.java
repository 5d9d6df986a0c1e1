package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The deliveries that this replica holds under lease. Whoever {@link #take takes} one out decides
 * on it, and nobody else.
 */
final class Holdings {
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, Held> byNumber = new ConcurrentHashMap<>();
  private final ConcurrentSkipListSet<End> byEnd =
      new ConcurrentSkipListSet<>(Comparator.comparing(End::at).thenComparingLong(End::number));
  private final Map<Integer, Integer> counts = new ConcurrentHashMap<>();
  private volatile long holder = random.nextLong();
  private volatile long lastLoss = System.nanoTime();

  private record End(Instant at, long number) {}

  /** Under which name this replica holds; another one after each loss of its connection. */
  long holder() {
    return holder;
  }

  /** What a receiver gets together shares its secret: drawing one is dear. */
  List<Held> hold(List<Held.Terms> together) {
    long high = random.nextLong();
    long low = random.nextLong();
    List<Held> all = new ArrayList<>(together.size());
    for (Held.Terms terms : together) {
      Held held = new Held(new RabbitReceipt(holder, numbers.incrementAndGet(), high, low), terms);
      add(held);
      all.add(held);
    }
    return all;
  }

  private void add(Held held) {
    byNumber.put(held.receipt().number(), held);
    byEnd.add(new End(held.until(), held.receipt().number()));
    counts.merge(held.queue(), 1, Integer::sum);
  }

  /** The delivery of that receipt, if it is still held and the receipt is no forgery. */
  Optional<Held> find(RabbitReceipt receipt, int queue) {
    Held held = byNumber.get(receipt.number());
    return held != null
            && held.receipt().holder() == receipt.holder()
            && held.receipt().sameSecret(receipt)
            && held.queue() == queue
        ? Optional.of(held)
        : Optional.empty();
  }

  /** Whether it is the caller's from now on to decide on. */
  boolean take(Held held) {
    synchronized (held) {
      if (!byNumber.remove(held.receipt().number(), held)) {
        return false;
      }
      byEnd.remove(new End(held.until(), held.receipt().number()));
    }
    counts.computeIfPresent(held.queue(), (_, count) -> count == 1 ? null : count - 1);
    return true;
  }

  /** Gives back what was taken and could not be decided; its lease goes on as it was. */
  void restore(Held held) {
    if (held.receipt().holder() == holder && held.arrival().channel().isOpen()) {
      add(held);
    }
  }

  /** Ends the lease of what was taken and could not be decided: the sweep carries it on. */
  void end(Held held, Instant now) {
    held.until(now);
    restore(held);
  }

  /** Whether it was still held. */
  boolean extend(Held held, Instant until) {
    synchronized (held) {
      if (!byNumber.containsKey(held.receipt().number())) {
        return false;
      }
      byEnd.remove(new End(held.until(), held.receipt().number()));
      held.until(until);
      byEnd.add(new End(until, held.receipt().number()));
      return true;
    }
  }

  /** Takes out those whose lease is over, so many at most. */
  List<Held> takeOver(Instant now, int most) {
    List<Held> over = new ArrayList<>();
    for (End end : byEnd) {
      if (end.at().isAfter(now) || over.size() == most) {
        break;
      }
      Held held = byNumber.get(end.number());
      if (held != null && !held.until().isAfter(now) && take(held)) {
        over.add(held);
      }
    }
    return over;
  }

  int count(int queue) {
    return counts.getOrDefault(queue, 0);
  }

  int size() {
    return byNumber.size();
  }

  /** The channel is closed: the broker has its deliveries again. */
  void forget(Channel channel) {
    for (Held held : byNumber.values()) {
      if (held.arrival().channel() == channel && take(held)) {
        lastLoss = System.nanoTime();
      }
    }
  }

  /** How long no lease was lost here; what was before this process began is not known. */
  Duration unharmed() {
    return Duration.ofNanos(System.nanoTime() - lastLoss);
  }

  /** The queue is gone, and its messages with it. */
  void forget(int queue) {
    for (Held held : byNumber.values()) {
      if (held.queue() == queue) {
        take(held);
      }
    }
  }

  /** The connection is lost: every lease ended with it. */
  void forgetAll() {
    holder = random.nextLong();
    lastLoss = System.nanoTime();
    byNumber.values().forEach(this::take);
  }
}
