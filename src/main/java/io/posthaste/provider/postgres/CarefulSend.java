package io.posthaste.provider.postgres;

import io.posthaste.message.MessageId;
import io.posthaste.provider.Fingerprint;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.MessageColumns;
import io.posthaste.store.MessageColumns.Entry;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Stores messages that must look at others first: those with a deduplication id, and those of a
 * group in a queue that orders by group. One transaction for all of them, whatever their queues.
 */
final class CarefulSend {
  // Taking the row, even to leave it as it is, waits for whoever writes it and then sees it
  private static final String CLAIM_KEYS =
      """
      INSERT INTO deduplication AS d (queue, key, message, fingerprint, expires)
      SELECT u.queue, u.key, u.message, u.fingerprint,
        coalesce($6::timestamptz, now()) + u.window_us * interval '1 microsecond'
      FROM unnest($1::int[], $2::text[], $3::uuid[], $4::bytea[], $5::bigint[])
        AS u(queue, key, message, fingerprint, window_us)
      WHERE EXISTS (SELECT FROM queue q WHERE q.id = u.queue)
      ON CONFLICT (queue, key) DO UPDATE SET
        message = CASE WHEN d.expires <= coalesce($6::timestamptz, now())
          THEN excluded.message ELSE d.message END,
        fingerprint = CASE WHEN d.expires <= coalesce($6::timestamptz, now())
          THEN excluded.fingerprint ELSE d.fingerprint END,
        expires = CASE WHEN d.expires <= coalesce($6::timestamptz, now())
          THEN excluded.expires ELSE d.expires END
      RETURNING queue, key, message, fingerprint
      """;

  private final Transaction transaction;
  private final StoreClock clock;

  CarefulSend(Transaction transaction, StoreClock clock) {
    this.transaction = transaction;
    this.clock = clock;
  }

  private record Key(int queue, String id) implements Comparable<Key> {
    static Key of(Entry entry) {
      String id = entry.message().content().deduplicationId();
      if (id == null) {
        throw new IllegalStateException("no deduplication id");
      }
      return new Key(entry.queue().id(), id);
    }

    @Override
    public int compareTo(Key other) {
      return Comparator.comparingInt(Key::queue).thenComparing(Key::id).compare(this, other);
    }
  }

  /** Who holds a deduplication id: which message, and what its request was. */
  private record Holder(UUID message, byte[] fingerprint) {}

  private static boolean deduplicated(Entry entry) {
    return entry.message().content().deduplicationId() != null;
  }

  /** What became of each; all are decided on, or none. */
  Future<List<SendOutcome>> store(List<Entry> entries) {
    return transaction.locking(
        entries.stream().map(Entry::queue).toList(),
        open -> claimKeys(open, entries).compose(holders -> store(open, entries, holders)));
  }

  // Ascending, so that no two transactions wait for each other's keys; each key once
  private Future<Map<Key, Holder>> claimKeys(Transaction.Open open, List<Entry> entries) {
    TreeMap<Key, Entry> first = new TreeMap<>();
    for (Entry entry : entries) {
      if (deduplicated(entry)) {
        first.putIfAbsent(Key.of(entry), entry);
      }
    }
    if (first.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var all = first.values();
    Tuple parameters =
        Tuple.tuple()
            .addValue(all.stream().map(entry -> entry.queue().id()).toArray(Integer[]::new))
            .addValue(first.keySet().stream().map(Key::id).toArray(String[]::new))
            .addValue(all.stream().map(entry -> entry.message().id().value()).toArray(UUID[]::new))
            .addValue(
                all.stream()
                    .map(entry -> Buffer.buffer(Fingerprint.of(entry.message())))
                    .toArray(Buffer[]::new))
            .addValue(
                all.stream()
                    .map(entry -> Micros.of(entry.queue().policy().deduplicationWindow()))
                    .toArray(Long[]::new))
            .addValue(clock.override());
    return open.connection()
        .preparedQuery(CLAIM_KEYS)
        .execute(parameters)
        .map(CarefulSend::holders);
  }

  private static Map<Key, Holder> holders(RowSet<Row> rows) {
    Map<Key, Holder> holders = new HashMap<>();
    for (Row row : rows) {
      holders.put(
          new Key(row.getInteger(0), row.getString(1)),
          new Holder(row.getUUID(2), row.getBuffer(3).getBytes()));
    }
    return holders;
  }

  private Future<List<SendOutcome>> store(
      Transaction.Open open, List<Entry> entries, Map<Key, Holder> holders) {
    List<Entry> winners = new ArrayList<>();
    for (Entry entry : entries) {
      Holder holder = deduplicated(entry) ? holders.get(Key.of(entry)) : null;
      if (!deduplicated(entry)
          || holder != null && holder.message().equals(entry.message().id().value())) {
        winners.add(entry);
      }
    }
    if (winners.isEmpty()) {
      return Future.succeededFuture(outcomes(entries, holders, Set.of()));
    }
    return open.connection()
        .preparedQuery(OrderedStore.SQL)
        .execute(new MessageColumns(winners).tuple().addValue(clock.override()))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              open.signals().addAll(Wakeups.signals(winners, row.getOffsetDateTime(0)));
              UUID[] unknown = row.getArrayOfUUIDs(1);
              return outcomes(
                  entries,
                  holders,
                  unknown == null ? Set.of() : Set.copyOf(Arrays.asList(unknown)));
            });
  }

  private static List<SendOutcome> outcomes(
      List<Entry> entries, Map<Key, Holder> holders, Set<UUID> unknown) {
    return entries.stream().map(entry -> outcome(entry, holders, unknown)).toList();
  }

  private static SendOutcome outcome(Entry entry, Map<Key, Holder> holders, Set<UUID> unknown) {
    MessageId id = entry.message().id();
    if (unknown.contains(id.value())) {
      return new SendOutcome.QueueChanged();
    }
    if (!deduplicated(entry)) {
      return new SendOutcome.Stored(id);
    }
    Holder holder = holders.get(Key.of(entry));
    if (holder == null) {
      return new SendOutcome.QueueChanged();
    }
    if (holder.message().equals(id.value())) {
      return new SendOutcome.Stored(id);
    }
    MessageId existing = new MessageId(holder.message());
    return Arrays.equals(holder.fingerprint(), Fingerprint.of(entry.message()))
        ? new SendOutcome.Duplicate(existing)
        : new SendOutcome.Conflict(existing);
  }
}
