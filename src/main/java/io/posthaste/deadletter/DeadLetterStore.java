package io.posthaste.deadletter;

import io.posthaste.message.MessageId;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where dead letters of all providers lie. */
public interface DeadLetterStore {
  /** How many letters one {@link #add} takes. */
  int MOST_ADDED = 1000;

  /**
   * Stores dead letters with their histories. A letter may be brought twice: the one that is there
   * stays as it is. It is the same if queue, payload and the moment of sending are; another one
   * with its id, which its sender chose twice, is kept under an id that follows from its own and
   * these. At most {@link #MOST_ADDED}.
   *
   * @return the messages of letters that were not there before, under the ids they came with
   */
  Uni<Set<MessageId>> add(List<DeadLetter> letters);

  /** The latest first, those behind the cursor. */
  Uni<List<DeadLetter>> list(DeadLetterFilter filter, Optional<Cursor> after, int limit);

  Uni<Optional<DeadLetter>> find(MessageId id);

  Uni<Long> count(DeadLetterFilter filter);

  /** Removes for good, in bounded steps; how many. */
  Uni<Long> delete(DeadLetterFilter filter);

  /** A place in the list. */
  record Cursor(Instant diedAt, MessageId id) {}
}
