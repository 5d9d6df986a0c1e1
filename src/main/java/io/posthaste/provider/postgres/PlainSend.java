package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.MessageColumns;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
  private final TakenIds taken;
  private final StoreClock clock;
  private final Wakeups wakeups;

  PlainSend(Pool pool, StoreClock clock, Wakeups wakeups) {
    this.pool = pool;
    this.taken = new TakenIds(pool);
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
    if (entries.isEmpty()) {
      return Future.succeededFuture(Unstored.NONE);
    }
    return pool.preparedQuery(SQL)
        .execute(new MessageColumns(entries).tuple().addValue(clock.override()))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              wakeups.stored(entries, row.getOffsetDateTime(0));
              return Unstored.unknown(entries, row.getArrayOfUUIDs(1));
            })
        .recover(
            failure ->
                TakenIds.areMeant(failure)
                    ? storeUntaken(entries, failure)
                    : DatabaseFailure.blamesValues(failure)
                        ? storeApart(entries, failure)
                        : Future.failedFuture(failure));
  }

  private Future<Unstored> storeUntaken(List<MessageColumns.Entry> entries, Throwable failure) {
    return taken
        .find(entries)
        .compose(
            found -> {
              Map<NewMessage, SendOutcome> known = new IdentityHashMap<>();
              List<MessageColumns.Entry> left = new ArrayList<>();
              for (MessageColumns.Entry entry : entries) {
                TakenIds.Stored stored = found.get(entry.message().id().value());
                if (stored == null) {
                  left.add(entry);
                } else {
                  known.put(entry.message(), stored.outcome(entry));
                }
              }
              // Two of these entries share an id, or who had it is gone by now
              return known.isEmpty()
                  ? storeApart(entries, failure)
                  : store(left).map(rest -> rest.plus(new Unstored(known)));
            });
  }

  // One row broke the statement: halves are tried until it stands alone
  private Future<Unstored> storeApart(List<MessageColumns.Entry> entries, Throwable failure) {
    if (entries.size() == 1) {
      NewMessage message = entries.getFirst().message();
      return Future.succeededFuture(
          Unstored.of(message, new SendOutcome.Refused(String.valueOf(failure.getMessage()))));
    }
    int middle = entries.size() / 2;
    return store(entries.subList(0, middle))
        .compose(
            first -> store(entries.subList(middle, entries.size())).map(rest -> first.plus(rest)));
  }

  private static List<SendOutcome> outcomes(SendRequest request, Unstored unstored) {
    return request.entries().stream().map(unstored::outcome).toList();
  }

  /** By the very message: two may have one id. */
  private record Unstored(Map<NewMessage, SendOutcome> outcomes) {
    static final Unstored NONE = new Unstored(Map.of());

    static Unstored of(NewMessage message, SendOutcome outcome) {
      Map<NewMessage, SendOutcome> one = new IdentityHashMap<>();
      one.put(message, outcome);
      return new Unstored(one);
    }

    static Unstored unknown(List<MessageColumns.Entry> entries, UUID @Nullable [] ids) {
      if (ids == null) {
        return NONE;
      }
      Set<UUID> unknown = Set.of(ids);
      Map<NewMessage, SendOutcome> all = new IdentityHashMap<>();
      for (MessageColumns.Entry entry : entries) {
        if (unknown.contains(entry.message().id().value())) {
          all.put(entry.message(), new SendOutcome.QueueChanged());
        }
      }
      return new Unstored(all);
    }

    Unstored plus(Unstored other) {
      Map<NewMessage, SendOutcome> all = new IdentityHashMap<>(outcomes);
      all.putAll(other.outcomes);
      return new Unstored(all);
    }

    SendOutcome outcome(NewMessage message) {
      SendOutcome other = outcomes.isEmpty() ? null : outcomes.get(message);
      return other == null ? new SendOutcome.Stored(message.id()) : other;
    }
  }
}
