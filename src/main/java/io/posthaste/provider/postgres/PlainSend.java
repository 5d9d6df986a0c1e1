package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.MessageId;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.MessageColumns;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Stores messages that need no look at others: no deduplication, no order within a group. One
 * statement for all of them, whatever their queues.
 */
final class PlainSend {
  static final String SQL =
      """
      WITH at AS (SELECT coalesce($14::timestamptz, now()) AS now),
      %3$s,
      entry AS MATERIALIZED (
        SELECT e.*, %4$s AND (q.ordering <> 'group' OR e.group_name IS NULL) AS known
        FROM %1$s LEFT JOIN queue q ON q.id = e.queue),
      stored AS (
        INSERT INTO message (id, queue, priority, enqueued_at, first_due, due, expires, group_name,
          type, content_type, correlation_id, deduplication_id, headers, payload)
        SELECT e.id, e.queue, e.priority, at.now, %2$s, %2$s,
          %2$s + e.ttl_us * interval '1 microsecond', e.group_name, e.type, e.content_type,
          e.correlation_id, e.deduplication_id, e.headers, e.payload
        FROM entry e, at WHERE e.known),
      readied AS (
        INSERT INTO ready (queue, priority, due, id, size, expires)
        SELECT e.queue, e.priority, %2$s, e.id, length(e.payload),
          %2$s + e.ttl_us * interval '1 microsecond'
        FROM entry e, at WHERE e.known)
      SELECT at.now, (SELECT array_agg(e.id) FROM entry e WHERE NOT e.known) AS unknown FROM at
      """
          .formatted(
              MessageColumns.UNNEST,
              MessageColumns.DUE,
              MessageColumns.DELETED,
              MessageColumns.DEFINED);

  private final Pool pool;
  private final StoreClock clock;
  private final Wakeups wakeups;

  PlainSend(Pool pool, StoreClock clock, Wakeups wakeups) {
    this.pool = pool;
    this.clock = clock;
    this.wakeups = wakeups;
  }

  Future<List<List<SendOutcome>>> run(List<SendRequest> requests) {
    List<MessageColumns.Entry> entries = new ArrayList<>();
    for (SendRequest request : requests) {
      for (NewMessage message : request.entries()) {
        entries.add(new MessageColumns.Entry(request.queue().id(), message));
      }
    }
    return store(entries)
        .map(refused -> requests.stream().map(request -> outcomes(request, refused)).toList());
  }

  /** What was not stored, by message. */
  private Future<Unstored> store(List<MessageColumns.Entry> entries) {
    return pool.preparedQuery(SQL)
        .execute(new MessageColumns(entries).tuple().addValue(clock.override()))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              wakeups.stored(entries, row.getOffsetDateTime(0));
              return Unstored.unknown(row.getArrayOfUUIDs(1));
            })
        .recover(
            failure ->
                DatabaseFailure.blamesValues(failure)
                    ? storeApart(entries, failure)
                    : Future.failedFuture(failure));
  }

  // One row broke the statement: halves are tried until it stands alone
  private Future<Unstored> storeApart(List<MessageColumns.Entry> entries, Throwable failure) {
    if (entries.size() == 1) {
      return Future.succeededFuture(Unstored.refused(entries.getFirst().message().id(), failure));
    }
    int middle = entries.size() / 2;
    return store(entries.subList(0, middle))
        .compose(
            first -> store(entries.subList(middle, entries.size())).map(rest -> first.plus(rest)));
  }

  private static List<SendOutcome> outcomes(SendRequest request, Unstored unstored) {
    if (unstored.isEmpty()) {
      return request.entries().stream()
          .<SendOutcome>map(message -> new SendOutcome.Stored(message.id()))
          .toList();
    }
    return request.entries().stream().map(message -> unstored.outcome(message.id())).toList();
  }

  private record Unstored(Set<UUID> unknown, java.util.Map<UUID, String> refused) {
    static Unstored unknown(UUID[] ids) {
      return new Unstored(ids == null ? Set.of() : Set.of(ids), java.util.Map.of());
    }

    static Unstored refused(MessageId id, Throwable failure) {
      return new Unstored(Set.of(), java.util.Map.of(id.value(), failure.getMessage()));
    }

    boolean isEmpty() {
      return unknown.isEmpty() && refused.isEmpty();
    }

    Unstored plus(Unstored other) {
      Set<UUID> allUnknown = new HashSet<>(unknown);
      allUnknown.addAll(other.unknown);
      var allRefused = new java.util.HashMap<>(refused);
      allRefused.putAll(other.refused);
      return new Unstored(allUnknown, allRefused);
    }

    SendOutcome outcome(MessageId id) {
      if (unknown.contains(id.value())) {
        return new SendOutcome.QueueChanged();
      }
      String reason = refused.get(id.value());
      return reason == null ? new SendOutcome.Stored(id) : new SendOutcome.Refused(reason);
    }
  }
}
