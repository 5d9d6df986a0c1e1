package io.posthaste.provider.postgres;

import io.posthaste.message.Due;
import io.posthaste.store.MessageColumns;
import io.posthaste.store.Micros;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Spreads the word of ready messages: to this replica's receivers at once, to others throttled. */
final class Wakeups {
  private final List<Consumer<List<Signal>>> listeners = new ArrayList<>();

  /** To be called before the first message. */
  void listener(Consumer<List<Signal>> listener) {
    listeners.add(listener);
  }

  void signal(List<Signal> signals) {
    if (!signals.isEmpty()) {
      listeners.forEach(listener -> listener.accept(signals));
    }
  }

  /** New messages were stored at the given moment of the database. */
  void stored(List<MessageColumns.Entry> entries, OffsetDateTime now) {
    signal(signals(entries, now));
  }

  /** The earliest of each queue and priority. */
  static List<Signal> signals(List<MessageColumns.Entry> entries, OffsetDateTime now) {
    long nowMicros = Micros.of(now);
    Map<Long, Signal> earliest = new HashMap<>();
    for (MessageColumns.Entry entry : entries) {
      int priority = entry.message().content().priority();
      long delay = delayMicros(entry.message().due(), nowMicros);
      Signal signal = new Signal(entry.queue().id(), priority, nowMicros + delay, delay);
      // What is due already must not hide what falls due later
      long key = (long) entry.queue().id() << 5 | priority << 1 | (delay > 0 ? 1 : 0);
      earliest.merge(key, signal, (a, b) -> a.dueMicros() <= b.dueMicros() ? a : b);
    }
    return List.copyOf(earliest.values());
  }

  private static long delayMicros(Due due, long nowMicros) {
    return switch (due) {
      case Due.After(Duration delay) -> Micros.of(delay);
      case Due.At(var instant) ->
          Math.max(0, Micros.of(Duration.between(Micros.moment(nowMicros).toInstant(), instant)));
    };
  }
}
