package io.posthaste.provider.rabbitmq;

import io.posthaste.wire.Carried;
import io.posthaste.wire.WireNames;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides which broker redeliveries count as attempts. The broker also counts deliveries nobody
 * saw; ours can have been seen only if some replica lost leases since the message was stored. One
 * instance per sort.
 *
 * <p>Weakness: when a foreign message was stored is not known; of those every redelivery counts.
 */
final class Blame {
  /** What the clocks of two replicas may differ by. */
  private static final Duration SKEW = Duration.ofSeconds(2);

  private final Unharmed unharmed;
  private Duration known = Duration.ZERO;
  private @Nullable Duration harmed;

  /** Knows whether for so long no lease was lost with its holder. Blocking. */
  interface Unharmed {
    boolean lasts(Duration span);
  }

  Blame(Unharmed unharmed) {
    this.unharmed = unharmed;
  }

  int lostAttempts(Arrival arrival, Carried carried, Instant now) {
    int redeliveries = arrival.redeliveries();
    return redeliveries > 0
            && arrival.properties().getHeaders().containsKey(WireNames.ENQUEUED)
            && lasts(Duration.between(carried.message().enqueuedAt(), now).abs().plus(SKEW))
        ? 0
        : redeliveries;
  }

  // What is true for a span is so for a shorter one, what is not for none that is longer
  private boolean lasts(Duration span) {
    if (span.compareTo(known) <= 0) {
      return true;
    }
    if (harmed != null && span.compareTo(harmed) >= 0) {
      return false;
    }
    boolean lasts = unharmed.lasts(span);
    if (lasts) {
      known = span;
    } else {
      harmed = span;
    }
    return lasts;
  }
}
