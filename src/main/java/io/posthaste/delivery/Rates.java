package io.posthaste.delivery;

import io.posthaste.queue.QueueName;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How busy queues are on this replica: messages a second, averaged over about the last minute with
 * exponentially fading weight.
 */
@ApplicationScoped
public class Rates {
  private static final double WINDOW_SECONDS = 60;
  private static final int MOST_QUEUES = 20_000;

  private final Map<QueueName, Busy> queues = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  Rates() {
    this(System::nanoTime);
  }

  Rates(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Messages a second. */
  public record Snapshot(double sent, double received, double acked) {}

  private record Busy(Fading sent, Fading received, Fading acked) {}

  void sent(QueueName queue, int messages) {
    busy(queue).sent().add(messages);
  }

  void received(QueueName queue, int messages) {
    busy(queue).received().add(messages);
  }

  void acked(QueueName queue, int messages) {
    busy(queue).acked().add(messages);
  }

  public Snapshot of(QueueName queue) {
    Busy busy = queues.get(queue);
    return busy == null
        ? new Snapshot(0, 0, 0)
        : new Snapshot(busy.sent().rate(), busy.received().rate(), busy.acked().rate());
  }

  private Busy busy(QueueName queue) {
    Busy known = queues.get(queue);
    if (known != null) {
      return known;
    }
    if (queues.size() >= MOST_QUEUES) {
      queues.values().removeIf(busy -> busy.sent().isIdle() && busy.received().isIdle());
    }
    return queues.computeIfAbsent(queue, _ -> new Busy(new Fading(), new Fading(), new Fading()));
  }

  /** A sum whose past fades. */
  private final class Fading {
    private double sum;
    private long since = nanoTime.getAsLong();

    synchronized void add(int messages) {
      sum = faded() + messages;
    }

    synchronized double rate() {
      return Math.round(faded() / WINDOW_SECONDS * 100) / 100.0;
    }

    boolean isIdle() {
      return rate() == 0;
    }

    private double faded() {
      long now = nanoTime.getAsLong();
      double seconds = (now - since) / (double) Duration.ofSeconds(1).toNanos();
      since = now;
      sum *= Math.exp(-seconds / WINDOW_SECONDS);
      return sum;
    }
  }
}
