package io.posthaste.store;

import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * The moment that statements take for now. Time is the database's, the same for all replicas; tests
 * put a moment of their own in its place.
 */
public interface StoreClock {
  /** Absent: the database's own. Statements say {@code coalesce($n, now())}. */
  @Nullable OffsetDateTime override();

  StoreClock DATABASE = () -> null;
}
