package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.MessageId;
import io.posthaste.provider.Fingerprint;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.MessageColumns;
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
  private final TakenIds taken;

  CarefulSend(Transaction transaction, TakenIds taken, StoreClock clock) {
    this.transaction = transaction;
    this.taken = taken;
    this.clock = clock;
  }

  private record Key(int queue, String id) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      return Comparator.comparingInt(Key::queue).thenComparing(Key::id).compare(this, other);
    }
  }

  /** Who holds a deduplication id: which message, and what its request was. */
  private record Holder(UUID message, byte[] fingerprint) {}

  private record Candidate(Queue queue, NewMessage message) {
    Key key() {
      String id = message.content().deduplicationId();
      if (id == null) {
        throw new IllegalStateException("no deduplication id");
      }
      return new Key(queue.id(), id);
    }

    boolean deduplicated() {
      return message.content().deduplicationId() != null;
    }
  }

  Future<List<List<SendOutcome>>> run(List<SendRequest> requests) {
    List<Candidate> candidates = new ArrayList<>();
    for (SendRequest request : requests) {
      request.entries().forEach(m -> candidates.add(new Candidate(request.queue(), m)));
    }
    return transaction
        .locking(
            requests.stream().map(SendRequest::queue).toList(),
            open ->
                claimKeys(open, candidates).compose(holders -> store(open, candidates, holders)))
        .recover(failure -> storeApart(candidates, failure))
        .map(outcomes -> split(requests, outcomes));
  }

  // One entry broke the transaction: each is tried alone, in order
  private Future<List<SendOutcome>> storeApart(List<Candidate> candidates, Throwable failure) {
    if (!DatabaseFailure.blamesValues(failure)) {
      return Future.failedFuture(failure);
    }
    if (candidates.size() == 1) {
      if (TakenIds.areMeant(failure)) {
        Candidate only = candidates.getFirst();
        return taken
            .outcome(new MessageColumns.Entry(only.queue().id(), only.message()), failure)
            .map(List::of);
      }
      return Future.succeededFuture(
          List.of(new SendOutcome.Refused(String.valueOf(failure.getMessage()))));
    }
    Future<List<SendOutcome>> all = Future.succeededFuture(new ArrayList<>());
    for (Candidate candidate : candidates) {
      SendRequest alone = new SendRequest(candidate.queue(), List.of(candidate.message()));
      all =
          all.compose(
              outcomes ->
                  run(List.of(alone))
                      .map(
                          single -> {
                            outcomes.add(single.getFirst().getFirst());
                            return outcomes;
                          }));
    }
    return all;
  }

  // Ascending, so that no two transactions wait for each other's keys; each key once
  private Future<Map<Key, Holder>> claimKeys(Transaction.Open open, List<Candidate> candidates) {
    TreeMap<Key, Candidate> first = new TreeMap<>();
    for (Candidate candidate : candidates) {
      if (candidate.deduplicated()) {
        first.putIfAbsent(candidate.key(), candidate);
      }
    }
    if (first.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var all = first.values();
    Tuple parameters =
        Tuple.tuple()
            .addValue(all.stream().map(c -> c.queue().id()).toArray(Integer[]::new))
            .addValue(first.keySet().stream().map(Key::id).toArray(String[]::new))
            .addValue(all.stream().map(c -> c.message().id().value()).toArray(UUID[]::new))
            .addValue(
                all.stream()
                    .map(c -> Buffer.buffer(Fingerprint.of(c.message())))
                    .toArray(Buffer[]::new))
            .addValue(
                all.stream()
                    .map(c -> Micros.of(c.queue().policy().deduplicationWindow()))
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
      Transaction.Open open, List<Candidate> candidates, Map<Key, Holder> holders) {
    List<MessageColumns.Entry> winners = new ArrayList<>();
    for (Candidate candidate : candidates) {
      Holder holder = candidate.deduplicated() ? holders.get(candidate.key()) : null;
      if (!candidate.deduplicated()
          || holder != null && holder.message().equals(candidate.message().id().value())) {
        winners.add(new MessageColumns.Entry(candidate.queue().id(), candidate.message()));
      }
    }
    if (winners.isEmpty()) {
      return Future.succeededFuture(outcomes(candidates, holders, Set.of()));
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
                  candidates,
                  holders,
                  unknown == null ? Set.of() : Set.copyOf(Arrays.asList(unknown)));
            });
  }

  private static List<SendOutcome> outcomes(
      List<Candidate> candidates, Map<Key, Holder> holders, Set<UUID> unknown) {
    return candidates.stream().map(c -> outcome(c, holders, unknown)).toList();
  }

  private static SendOutcome outcome(
      Candidate candidate, Map<Key, Holder> holders, Set<UUID> unknown) {
    MessageId id = candidate.message().id();
    if (unknown.contains(id.value())) {
      return new SendOutcome.QueueChanged();
    }
    if (!candidate.deduplicated()) {
      return new SendOutcome.Stored(id);
    }
    Holder holder = holders.get(candidate.key());
    if (holder == null) {
      return new SendOutcome.QueueChanged();
    }
    if (holder.message().equals(id.value())) {
      return new SendOutcome.Stored(id);
    }
    MessageId existing = new MessageId(holder.message());
    return Arrays.equals(holder.fingerprint(), Fingerprint.of(candidate.message()))
        ? new SendOutcome.Duplicate(existing)
        : new SendOutcome.Conflict(existing);
  }

  private static List<List<SendOutcome>> split(
      List<SendRequest> requests, List<SendOutcome> outcomes) {
    List<List<SendOutcome>> split = new ArrayList<>();
    int next = 0;
    for (SendRequest request : requests) {
      int end = next + request.messages();
      split.add(List.copyOf(outcomes.subList(next, end)));
      next = end;
    }
    return split;
  }
}
