package io.posthaste.provider.postgres;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * How many receivers wait at other replicas, so that those of the replica where a message is sent
 * do not take it always: it hears of the message first.
 *
 * <p>With {@code a} receivers waiting here and {@code b} elsewhere, this replica holds back for a
 * moment in {@code b} out of {@code a + b} cases, and takes the message after all when nobody else
 * did. Touched only inside the receive loop's mailbox.
 */
final class OtherReceivers {
  /** Long enough for word to get to another replica, and for it to claim. */
  static final Duration COURTESY = Duration.ofMillis(20);

  private static final long TRUSTED = Duration.ofSeconds(10).toNanos();

  private final RandomGenerator random;
  private final Map<Integer, Map<String, Waiting>> byQueue = new HashMap<>();
  private long forgotten = System.nanoTime();

  private record Waiting(int receivers, long until) {}

  OtherReceivers(RandomGenerator random) {
    this.random = random;
  }

  /** A replica says how many wait there; it repeats that while somebody does. */
  void hear(String replica, int queue, int receivers, long now) {
    Map<String, Waiting> replicas = byQueue.computeIfAbsent(queue, _ -> new HashMap<>());
    if (receivers == 0) {
      replicas.remove(replica);
    } else {
      replicas.put(replica, new Waiting(receivers, now + TRUSTED));
    }
    if (replicas.isEmpty()) {
      byQueue.remove(queue);
    }
    if (now - forgotten > TRUSTED) {
      forgotten = now;
      forgetSilent(now);
    }
  }

  // Of queues that are gone, and of replicas that are
  private void forgetSilent(long now) {
    byQueue.values().forEach(replicas -> replicas.values().removeIf(it -> now - it.until() > 0));
    byQueue.values().removeIf(Map::isEmpty);
  }

  /** Whether it is the others' turn. */
  boolean theirTurn(int queue, int receiversHere, long now) {
    Map<String, Waiting> replicas = byQueue.get(queue);
    if (replicas == null) {
      return false;
    }
    int elsewhere = 0;
    for (Iterator<Waiting> all = replicas.values().iterator(); all.hasNext(); ) {
      Waiting waiting = all.next();
      if (now - waiting.until() > 0) {
        all.remove();
      } else {
        elsewhere += waiting.receivers();
      }
    }
    return elsewhere > 0 && random.nextInt(receiversHere + elsewhere) >= receiversHere;
  }
}
