package io.posthaste.deadletter;

import io.posthaste.message.MessageId;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Where dead letters of all providers lie. */
public interface DeadLetterStore {
  /** The latest first, those behind the cursor. */
  Uni<List<DeadLetter>> list(DeadLetterFilter filter, Optional<Cursor> after, int limit);

  Uni<Optional<DeadLetter>> find(MessageId id);

  Uni<Long> count(DeadLetterFilter filter);

  /** Removes for good, in bounded steps; how many. */
  Uni<Long> delete(DeadLetterFilter filter);

  /** A place in the list. */
  record Cursor(Instant diedAt, MessageId id) {}
}
