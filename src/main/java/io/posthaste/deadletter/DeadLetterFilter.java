package io.posthaste.deadletter;

import io.posthaste.message.MessageId;
import io.posthaste.queue.DeadLetterClass;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which dead letters are meant; all that is present must hold.
 *
 * @param reason part of the last reason, in any case of letters
 * @param from died then or later
 * @param to died before
 * @param ids one of these; empty: any
 */
public record DeadLetterFilter(
    Optional<String> queue,
    Optional<DeadLetterClass> deadLetterClass,
    Optional<String> reason,
    Optional<String> type,
    Optional<Integer> attempts,
    Optional<Instant> from,
    Optional<Instant> to,
    List<MessageId> ids) {

  public boolean matchesAll() {
    return queue.isEmpty()
        && deadLetterClass.isEmpty()
        && reason.isEmpty()
        && type.isEmpty()
        && attempts.isEmpty()
        && from.isEmpty()
        && to.isEmpty()
        && ids.isEmpty();
  }

  public static DeadLetterFilter ofQueue(String queue) {
    return new DeadLetterFilter(
        Optional.of(queue),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  public static DeadLetterFilter ofIds(List<MessageId> ids) {
    return new DeadLetterFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        ids);
  }
}
