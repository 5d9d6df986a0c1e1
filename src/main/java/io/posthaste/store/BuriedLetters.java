package io.posthaste.store;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Adds dead letters: each under its message's id or, if another letter has that, under one that
 * follows from what the letter is. So a letter that is brought again is found in either place.
 */
final class BuriedLetters {
  // A letter that is there already keeps its history, too
  private static final String ADD =
      """
      WITH buried AS (
        INSERT INTO dead_letter (id, queue, class, reason, attempts, died_at, enqueued_at, priority,
          group_name, type, content_type, correlation_id, deduplication_id, headers, payload)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::smallint[],
          $6::timestamptz[], $7::timestamptz[], $8::smallint[], $9::text[], $10::text[],
          $11::text[], $12::text[], $13::text[], $14::text[], $15::bytea[])
        ON CONFLICT (id) DO NOTHING
        RETURNING id),
      noted AS (
        INSERT INTO failure (message, attempt, failed_at, reason)
        SELECT f.message, f.attempt, f.failed_at, f.reason
        FROM unnest($16::uuid[], $17::smallint[], $18::timestamptz[], $19::text[])
          AS f(message, attempt, failed_at, reason)
        WHERE f.message = ANY (ARRAY(SELECT id FROM buried)))
      SELECT id FROM buried
      """;

  private static final String PRESENT =
      """
      SELECT l.place::int - 1 FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bytea[])
        WITH ORDINALITY AS l(id, queue, enqueued_at, payload, place)
      JOIN dead_letter d ON d.id = l.id AND d.queue = l.queue AND d.enqueued_at = l.enqueued_at
        AND d.payload = l.payload
      """;

  private final Pool pool;

  BuriedLetters(Pool pool) {
    this.pool = pool;
  }

  /** The ids with which those came that were not there before. */
  Future<Set<MessageId>> add(List<DeadLetter> letters) {
    // One statement must not bring the history of an id twice
    Map<MessageId, DeadLetter> first = new LinkedHashMap<>();
    letters.forEach(letter -> first.putIfAbsent(letter.message().id(), letter));
    return insert(first)
        .compose(
            added -> {
              List<DeadLetter> left = new ArrayList<>(letters);
              left.removeIf(
                  letter ->
                      added.contains(letter.message().id())
                          && first.get(letter.message().id()) == letter);
              return left.isEmpty()
                  ? Future.succeededFuture(added)
                  : addOthers(left).map(others -> union(added, others));
            });
  }

  private Future<Set<MessageId>> addOthers(List<DeadLetter> letters) {
    return pool.preparedQuery(PRESENT)
        .execute(new DeadLetterColumns(letters).identity())
        .compose(
            rows -> {
              Map<MessageId, DeadLetter> others = new LinkedHashMap<>();
              letters.forEach(letter -> others.put(idOfItsOwn(letter), letter));
              rows.forEach(row -> others.remove(idOfItsOwn(letters.get(row.getInteger(0)))));
              return others.isEmpty()
                  ? Future.succeededFuture(Set.of())
                  : insert(others).map(added -> namesOf(added, others));
            });
  }

  /** Under the given ids; those that were free. */
  private Future<Set<MessageId>> insert(Map<MessageId, DeadLetter> letters) {
    List<DeadLetter> named = new ArrayList<>();
    letters.forEach((id, letter) -> named.add(under(id, letter)));
    return pool.preparedQuery(ADD)
        .execute(new DeadLetterColumns(named).tuple())
        .map(BuriedLetters::ids);
  }

  private static DeadLetter under(MessageId id, DeadLetter letter) {
    Message message = letter.message();
    return new DeadLetter(
        new Message(id, message.content(), message.enqueuedAt()),
        letter.queue(),
        letter.deadLetterClass(),
        letter.reason(),
        letter.attempts(),
        letter.diedAt(),
        letter.history());
  }

  private static MessageId idOfItsOwn(DeadLetter letter) {
    byte[] queue = letter.queue().getBytes(StandardCharsets.UTF_8);
    byte[] payload = letter.message().content().payload().bytes();
    UUID id = letter.message().id().value();
    ByteBuffer name = ByteBuffer.allocate(3 * Long.BYTES + queue.length + 1 + payload.length);
    name.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    name.putLong(Micros.of(letter.message().enqueuedAt().atOffset(ZoneOffset.UTC)));
    name.put(queue).put((byte) 0).put(payload);
    return new MessageId(UUID.nameUUIDFromBytes(name.array()));
  }

  private static Set<MessageId> ids(RowSet<Row> rows) {
    Set<MessageId> ids = new HashSet<>();
    rows.forEach(row -> ids.add(new MessageId(row.getUUID(0))));
    return ids;
  }

  private static Set<MessageId> namesOf(Set<MessageId> added, Map<MessageId, DeadLetter> others) {
    Set<MessageId> names = new HashSet<>();
    others.forEach(
        (id, letter) -> {
          if (added.contains(id)) {
            names.add(letter.message().id());
          }
        });
    return names;
  }

  private static Set<MessageId> union(Set<MessageId> some, Set<MessageId> others) {
    Set<MessageId> all = new HashSet<>(some);
    all.addAll(others);
    return all;
  }
}
