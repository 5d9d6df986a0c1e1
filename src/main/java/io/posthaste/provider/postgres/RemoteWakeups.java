package io.posthaste.provider.postgres;

import io.posthaste.database.Notifications;
import io.posthaste.provider.Mailbox;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Carries signals to other replicas and theirs to this one. The first goes out at once; those of
 * the next {@link #PAUSE} are gathered, since each word costs a lock on everybody's commits.
 */
final class RemoteWakeups {
  private static final String READY = "ready";
  private static final String RECEIVERS = "receivers";
  private static final String ANYTHING = "*";
  private static final Duration PAUSE = Duration.ofMillis(10);

  /** What falls due later is found by the others' regular looks. */
  private static final long AHEAD_MICROS = 60_000_000;

  private static final int MOST = 250;

  private static final Duration COUNT_EVERY = Duration.ofMillis(200);
  private static final long REPEAT = Duration.ofSeconds(4).toNanos();

  private final Vertx vertx;
  private final Notifications notifications;
  private final ReceiveLoop receives;
  private final Mailbox mailbox = new Mailbox();
  private final Map<Long, Signal> gathered = new HashMap<>();
  private Map<Integer, Integer> told = Map.of();
  private long toldAt;
  private boolean pausing;

  RemoteWakeups(Vertx vertx, Notifications notifications, ReceiveLoop receives) {
    this.vertx = vertx;
    this.notifications = notifications;
    this.receives = receives;
  }

  void start() {
    notifications.listen(READY, (_, word) -> hear(word));
    notifications.listen(RECEIVERS, this::hearOfReceivers);
    vertx.setPeriodic(
        COUNT_EVERY.toMillis(),
        _ -> receives.countReceivers(counts -> mailbox.execute(() -> tellOfReceivers(counts))));
    notifications.onLoss(receives::signalAll);
  }

  void tell(List<Signal> signals) {
    mailbox.execute(
        () -> {
          for (Signal signal : signals) {
            if (signal.delayMicros() < AHEAD_MICROS) {
              gathered.merge(key(signal), signal, RemoteWakeups::earlier);
            }
          }
          if (!pausing && !gathered.isEmpty()) {
            speak();
          }
        });
  }

  private static long key(Signal signal) {
    return (long) signal.queue() << 5 | signal.priority() << 1 | (signal.delayMicros() > 0 ? 1 : 0);
  }

  private static Signal earlier(Signal a, Signal b) {
    return a.dueMicros() <= b.dueMicros() ? a : b;
  }

  private void speak() {
    notifications.say(READY, gathered.size() > MOST ? ANYTHING : word());
    gathered.clear();
    pausing = true;
    vertx.setTimer(PAUSE.toMillis(), _ -> mailbox.execute(this::goOn));
  }

  private void goOn() {
    pausing = false;
    if (!gathered.isEmpty()) {
      speak();
    }
  }

  private String word() {
    StringBuilder word = new StringBuilder();
    for (Signal signal : gathered.values()) {
      word.append(signal.queue())
          .append(':')
          .append(signal.priority())
          .append(':')
          .append(signal.dueMicros())
          .append(':')
          .append(Math.max(0, signal.delayMicros()))
          .append(',');
    }
    return word.toString();
  }

  private void hear(String word) {
    if (word.equals(ANYTHING)) {
      receives.signalAll();
      return;
    }
    List<Signal> signals = new ArrayList<>();
    for (String signal : word.split(",")) {
      String[] parts = signal.split(":");
      signals.add(
          new Signal(
              Integer.parseInt(parts[0]),
              Integer.parseInt(parts[1]),
              Long.parseLong(parts[2]),
              Long.parseLong(parts[3])));
    }
    receives.signalFromOther(signals);
  }

  // Only what changed, and all of it from time to time for those who have just come
  private void tellOfReceivers(Map<Integer, Integer> counts) {
    boolean repeat = System.nanoTime() - toldAt > REPEAT;
    StringBuilder word = new StringBuilder();
    int size = 0;
    for (Map.Entry<Integer, Integer> entry : counts.entrySet()) {
      int before = told.getOrDefault(entry.getKey(), 0);
      boolean changed = entry.getValue() > 2 * before || 2 * entry.getValue() < before;
      if ((repeat || changed) && size++ < MOST) {
        word.append(entry.getKey()).append(':').append(entry.getValue()).append(',');
      }
    }
    for (Integer queue : told.keySet()) {
      if (!counts.containsKey(queue) && size++ < MOST) {
        word.append(queue).append(":0,");
      }
    }
    if (repeat || size > 0) {
      told = counts;
    }
    if (repeat) {
      toldAt = System.nanoTime();
    }
    if (!word.isEmpty()) {
      notifications.say(RECEIVERS, word.toString());
    }
  }

  private void hearOfReceivers(String replica, String word) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (String entry : word.split(",")) {
      String[] parts = entry.split(":");
      counts.put(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }
    receives.hearOfReceivers(replica, counts);
  }
}
