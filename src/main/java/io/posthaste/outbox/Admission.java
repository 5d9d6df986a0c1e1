package io.posthaste.outbox;

import io.posthaste.message.MessageId;
import io.posthaste.queue.Move;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.store.Merger;
import io.posthaste.store.StoreClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decides which copies of messages may be handed out, for brokers behind the outbox. To be asked
 * about what carries a {@link Move} and about what the broker delivers again; all else is the only
 * copy there is.
 *
 * <p>A copy is void when its message came out of the outbox in another copy that was handed out, or
 * waits in the outbox for a later attempt, or was cancelled there, or is a dead letter: then its
 * queue was about to let go of it. The copy that is asked about first counts, and may be asked
 * about again. Void copies are to be removed from the broker.
 *
 * <p>Weakness: what is remembered ends {@link #MEMORY_DAYS} days after the last copy was admitted.
 */
public final class Admission {
  static final int MEMORY_DAYS = 30;
  private static final int STEP = 1000;
  private static final UUID NONE = new UUID(0, 0);

  private static final String ADMIT =
      """
      INSERT INTO moved AS m (message, queue, entry, copy, moved_at)
      SELECT a.id, a.queue, a.entry, a.copy, coalesce($6::timestamptz, now())
      FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::uuid[], $5::text[])
        AS a(id, queue, entry, copy, name)
      WHERE NOT EXISTS (
          SELECT FROM outbox o WHERE o.id = a.id AND o.queue = a.queue AND o.entry > a.entry)
        AND NOT EXISTS (SELECT FROM dead_letter d WHERE d.id = a.id AND d.queue = a.name)
      ORDER BY a.id, a.queue
      ON CONFLICT (message, queue) DO UPDATE
        SET entry = excluded.entry, copy = excluded.copy, moved_at = excluded.moved_at
        WHERE m.entry < excluded.entry OR (m.entry = excluded.entry AND m.copy = excluded.copy)
      RETURNING message, queue
      """;

  private static final String CLEAN =
      """
      WITH old AS MATERIALIZED (
        SELECT message, queue FROM moved
        WHERE moved_at <= coalesce($1::timestamptz, now()) - interval '%d days'
        ORDER BY moved_at LIMIT %d FOR UPDATE SKIP LOCKED)
      DELETE FROM moved m USING old WHERE m.message = old.message AND m.queue = old.queue
      """
          .formatted(MEMORY_DAYS, STEP);

  private final Pool pool;
  private final StoreClock clock;
  private final Merger<Request, Set<Arrival>> merger;

  /**
   * A copy that the broker delivers.
   *
   * @param move absent: it was sent past the outbox
   */
  public record Arrival(int queue, QueueName name, MessageId id, @Nullable Move move) {

    public static Arrival in(Queue queue, MessageId id, @Nullable Move move) {
      return new Arrival(queue.id(), queue.name(), id, move);
    }

    private Stay stay() {
      return new Stay(id.value(), queue);
    }

    private long entry() {
      return move == null ? 0 : move.entry();
    }

    private UUID copy() {
      return move == null ? NONE : move.copy();
    }
  }

  private record Request(Collection<Arrival> arrivals) implements Merger.Weighted {
    @Override
    public int messages() {
      return arrivals.size();
    }

    @Override
    public int bytes() {
      return 64 * arrivals.size();
    }
  }

  Admission(Pool pool, StoreClock clock, Merger.MergeListener listener) {
    this.pool = pool;
    this.clock = clock;
    this.merger = new Merger<>("admission", 2, listener, this::run);
  }

  /** Those of the arrivals that may be handed out. */
  public Uni<Set<Arrival>> admit(Collection<Arrival> arrivals) {
    return arrivals.isEmpty()
        ? Uni.createFrom().item(Set.of())
        : merger.submit(new Request(List.copyOf(arrivals)));
  }

  private Future<List<Set<Arrival>>> run(List<Request> requests) {
    Set<Arrival> all = new HashSet<>();
    requests.forEach(request -> all.addAll(request.arrivals()));
    return admitAll(all, new HashSet<>())
        .map(
            admitted ->
                requests.stream()
                    .map(
                        request -> {
                          Set<Arrival> own = new HashSet<>(request.arrivals());
                          own.retainAll(admitted);
                          return own;
                        })
                    .toList());
  }

  // A statement may touch a row once: copies of one message are asked about one after the other
  private Future<Set<Arrival>> admitAll(Set<Arrival> left, Set<Arrival> admitted) {
    Map<Stay, Arrival> turn = new HashMap<>();
    left.forEach(arrival -> turn.putIfAbsent(arrival.stay(), arrival));
    left.removeAll(turn.values());
    return pool.preparedQuery(ADMIT)
        .execute(parameters(turn.values()))
        .compose(
            rows -> {
              rows.forEach(
                  row -> admitted.add(turn.get(new Stay(row.getUUID(0), row.getInteger(1)))));
              return left.isEmpty() ? Future.succeededFuture(admitted) : admitAll(left, admitted);
            });
  }

  private Tuple parameters(Collection<Arrival> arrivals) {
    return Tuple.tuple()
        .addValue(arrivals.stream().map(a -> a.id().value()).toArray(UUID[]::new))
        .addValue(arrivals.stream().map(Arrival::queue).toArray(Integer[]::new))
        .addValue(arrivals.stream().map(Arrival::entry).toArray(Long[]::new))
        .addValue(arrivals.stream().map(Arrival::copy).toArray(UUID[]::new))
        .addValue(arrivals.stream().map(a -> a.name().value()).toArray(String[]::new))
        .addValue(clock.override());
  }

  /**
   * A statement that voids every copy of the stays in a CTE with {@code id}, {@code queue} and
   * {@code entry}.
   */
  static String voiding(String stays, String now) {
    return """
    INSERT INTO moved AS m (message, queue, entry, copy, moved_at)
    SELECT id, queue, entry, '%s'::uuid, coalesce(%s::timestamptz, now()) FROM %s ORDER BY id, queue
    ON CONFLICT (message, queue) DO UPDATE
      SET entry = excluded.entry, copy = excluded.copy, moved_at = excluded.moved_at
      WHERE m.entry < excluded.entry\
    """
        .formatted(NONE, now, stays);
  }

  /** One step of forgetting; whether there may be more. */
  Future<Boolean> clean() {
    return pool.preparedQuery(CLEAN)
        .execute(Tuple.tuple().addValue(clock.override()))
        .map(rows -> rows.rowCount() == STEP);
  }

  void giveUpOverdue() {
    merger.giveUpOverdue();
  }
}
