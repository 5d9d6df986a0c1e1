package io.posthaste.outbox;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.MessageId;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Deduplication ids of queues on other brokers. An id is recorded before its message is published,
 * as pending; until it is settled, whoever repeats the request publishes the message again, under
 * the same message id and with a {@link io.posthaste.queue.Move} of its own, of which {@link
 * Admission} lets one pass. So neither a crash nor a lost answer swallows or doubles a message.
 */
public final class Deduplication {
  // Taking the row, even to leave it as it is, waits for whoever writes it and then sees it
  private static final String CLAIM =
      """
      INSERT INTO deduplication AS d (queue, key, message, fingerprint, expires, pending)
      SELECT $1::int, u.key, u.message, u.fingerprint,
        coalesce($5::timestamptz, now()) + $6::bigint * interval '1 microsecond', $7::boolean
      FROM unnest($2::text[], $3::uuid[], $4::bytea[]) AS u(key, message, fingerprint)
      WHERE EXISTS (SELECT FROM queue q WHERE q.id = $1)
      ON CONFLICT (queue, key) DO UPDATE SET
        message = CASE WHEN d.expires <= coalesce($5::timestamptz, now())
          THEN excluded.message ELSE d.message END,
        fingerprint = CASE WHEN d.expires <= coalesce($5::timestamptz, now())
          THEN excluded.fingerprint ELSE d.fingerprint END,
        pending = CASE WHEN d.expires <= coalesce($5::timestamptz, now())
          THEN excluded.pending ELSE d.pending END,
        expires = CASE WHEN d.expires <= coalesce($5::timestamptz, now())
          THEN excluded.expires ELSE d.expires END
      RETURNING key, message, fingerprint, pending
      """;

  private static final String SETTLE =
      """
      UPDATE deduplication SET pending = false
      WHERE queue = $1 AND key = ANY ($2::text[]) AND pending
      """;

  private final Pool pool;
  private final StoreClock clock;
  private final Outbox outbox;

  Deduplication(Pool pool, StoreClock clock, Outbox outbox) {
    this.pool = pool;
    this.clock = clock;
    this.outbox = outbox;
  }

  /**
   * Who holds the deduplication id of a message.
   *
   * @param message the holder's id, which may be the message's own
   * @param same whether the holder's request was the same
   * @param pending whether it is not known that the holder is at the broker
   */
  public record Holder(MessageId message, boolean same, boolean pending) {}

  /**
   * A message with a deduplication id.
   *
   * @param fingerprint tells its request from others
   */
  public record Once(NewMessage message, byte[] fingerprint) {
    private String key() {
      String key = message.content().deduplicationId();
      if (key == null) {
        throw new IllegalArgumentException("no deduplication id");
      }
      return key;
    }
  }

  private record Recorded(UUID message, byte[] fingerprint, boolean pending) {}

  /** Records the ids of messages that are to be published now; empty where the queue is gone. */
  public Uni<List<Optional<Holder>>> claim(Queue queue, List<Once> messages) {
    return DatabaseFailure.translated(() -> claim(pool, queue, messages, true));
  }

  /** Records the ids of delayed messages, and adds those to the outbox that are new. */
  public Uni<List<Optional<Holder>>> delay(Queue queue, List<Once> messages) {
    return DatabaseFailure.translated(
        () -> {
          List<Runnable> afterCommit = new ArrayList<>();
          return pool.withTransaction(
                  connection ->
                      claim(connection, queue, messages, false)
                          .compose(
                              holders ->
                                  outbox
                                      .add(connection, entries(queue, messages, holders))
                                      .map(
                                          added -> {
                                            afterCommit.add(added.afterCommit());
                                            return holders;
                                          })))
              .onSuccess(_ -> afterCommit.forEach(Runnable::run));
        });
  }

  private static List<OutboxEntry> entries(
      Queue queue, List<Once> messages, List<Optional<Holder>> holders) {
    List<OutboxEntry> entries = new ArrayList<>();
    Set<MessageId> taken = new HashSet<>();
    for (int i = 0; i < messages.size(); i++) {
      NewMessage message = messages.get(i).message();
      MessageId id = message.id();
      if (holders.get(i).filter(holder -> holder.message().equals(id)).isPresent()
          && taken.add(id)) {
        entries.add(OutboxEntry.first(queue, message));
      }
    }
    return entries;
  }

  /** The messages of these ids are at the broker. */
  public Uni<Void> settle(Queue queue, Collection<String> ids) {
    return DatabaseFailure.translated(
            () ->
                pool.preparedQuery(SETTLE)
                    .execute(
                        Tuple.tuple()
                            .addInteger(queue.id())
                            .addValue(ids.stream().sorted().toArray(String[]::new))))
        .replaceWithVoid();
  }

  // Ascending, so that no two statements wait for each other's ids; each id once
  private Future<List<Optional<Holder>>> claim(
      SqlClient client, Queue queue, List<Once> messages, boolean pending) {
    TreeMap<String, Once> first = new TreeMap<>();
    messages.forEach(message -> first.putIfAbsent(message.key(), message));
    Tuple parameters =
        Tuple.tuple()
            .addInteger(queue.id())
            .addValue(first.keySet().toArray(String[]::new))
            .addValue(
                first.values().stream().map(m -> m.message().id().value()).toArray(UUID[]::new))
            .addValue(
                first.values().stream()
                    .map(m -> Buffer.buffer(m.fingerprint()))
                    .toArray(Buffer[]::new))
            .addValue(clock.override())
            .addLong(Micros.of(queue.policy().deduplicationWindow()))
            .addBoolean(pending);
    return client
        .preparedQuery(CLAIM)
        .execute(parameters)
        .map(rows -> holders(messages, byKey(rows)));
  }

  private static Map<String, Recorded> byKey(RowSet<Row> rows) {
    Map<String, Recorded> byKey = new HashMap<>();
    for (Row row : rows) {
      byKey.put(
          row.getString(0),
          new Recorded(row.getUUID(1), row.getBuffer(2).getBytes(), row.getBoolean(3)));
    }
    return byKey;
  }

  private static List<Optional<Holder>> holders(List<Once> messages, Map<String, Recorded> byKey) {
    return messages.stream()
        .map(
            message ->
                Optional.ofNullable(byKey.get(message.key()))
                    .map(
                        it ->
                            new Holder(
                                new MessageId(it.message()),
                                Arrays.equals(it.fingerprint(), message.fingerprint()),
                                it.pending())))
        .toList();
  }
}
