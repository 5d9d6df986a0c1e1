package io.posthaste.outbox;

import io.posthaste.queue.SendOutcome;
import io.posthaste.store.MessageColumns;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Puts messages into the outbox, one statement for all of them; one that is there is replaced. */
final class OutboxInsert {
  // In the order of ids, so that no two transactions wait for each other's rows
  private static final String SQL =
      """
      WITH at AS (SELECT coalesce($18::timestamptz, now()) AS now),
      entry AS MATERIALIZED (
        SELECT e.*, q.provider, %s AS moment
        FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::bigint[], $5::timestamptz[],
            $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
            $13::bytea[], $14::smallint[], $15::timestamptz[], $16::timestamptz[],
            $17::timestamptz[])
          AS e(id, queue, priority, delay_us, deliver_at, ttl_us, group_name, type, content_type,
            correlation_id, deduplication_id, headers, payload, attempt, enqueued_at, first_due,
            expires)
          CROSS JOIN at LEFT JOIN queue q ON q.id = e.queue),
      stored AS (
        INSERT INTO outbox AS o (id, provider, queue, due, next_try, attempt, enqueued_at,
          first_due, expires, size, priority, group_name, type, content_type, correlation_id,
          deduplication_id, headers, payload)
        SELECT e.id, e.provider, e.queue, e.moment, e.moment, e.attempt,
          coalesce(e.enqueued_at, at.now), coalesce(e.first_due, e.moment),
          coalesce(e.expires, e.moment + e.ttl_us * interval '1 microsecond'), length(e.payload),
          e.priority, e.group_name, e.type, e.content_type, e.correlation_id, e.deduplication_id,
          e.headers, e.payload
        FROM entry e, at WHERE e.provider IS NOT NULL ORDER BY e.id, e.queue
        ON CONFLICT (id, queue) DO UPDATE SET entry = excluded.entry,
          provider = excluded.provider, due = excluded.due, next_try = excluded.next_try,
          attempt = excluded.attempt, enqueued_at = excluded.enqueued_at,
          first_due = excluded.first_due, expires = excluded.expires, size = excluded.size,
          priority = excluded.priority, group_name = excluded.group_name, type = excluded.type,
          content_type = excluded.content_type, correlation_id = excluded.correlation_id,
          deduplication_id = excluded.deduplication_id, headers = excluded.headers,
          payload = excluded.payload)
      SELECT e.id, e.queue, e.provider,
        (extract(epoch FROM e.moment - at.now) * 1000000)::bigint AS ahead FROM entry e, at
      """
          .formatted(MessageColumns.DUE);

  private final StoreClock clock;

  OutboxInsert(StoreClock clock) {
    this.clock = clock;
  }

  /**
   * What became of each entry, and how many microseconds ahead the first of each provider is due.
   */
  record Inserted(Map<Stay, SendOutcome> outcomes, Map<String, Long> ahead) {}

  Future<Inserted> run(SqlClient client, List<OutboxEntry> entries) {
    return client
        .preparedQuery(SQL)
        .execute(parameters(entries))
        .map(
            rows -> {
              Map<Stay, SendOutcome> outcomes = new HashMap<>();
              Map<String, Long> ahead = new HashMap<>();
              for (Row row : rows) {
                String provider = row.getString(2);
                outcomes.put(
                    new Stay(row.getUUID(0), row.getInteger(1)), outcome(row.getUUID(0), provider));
                if (provider != null) {
                  ahead.merge(provider, row.getLong(3), Math::min);
                }
              }
              return new Inserted(outcomes, ahead);
            });
  }

  private static SendOutcome outcome(UUID id, @Nullable String provider) {
    return provider == null
        ? new SendOutcome.QueueChanged()
        : new SendOutcome.Stored(new io.posthaste.message.MessageId(id));
  }

  private Tuple parameters(List<OutboxEntry> all) {
    // A statement may touch a row once: of several of one id the last counts
    Map<Stay, OutboxEntry> last = new LinkedHashMap<>();
    all.forEach(entry -> last.put(Stay.of(entry), entry));
    List<OutboxEntry> entries = List.copyOf(last.values());
    int size = entries.size();
    Short[] attempts = new Short[size];
    @Nullable OffsetDateTime[] enqueuedAts = new @Nullable OffsetDateTime[size];
    @Nullable OffsetDateTime[] firstDues = new @Nullable OffsetDateTime[size];
    @Nullable OffsetDateTime[] expiries = new @Nullable OffsetDateTime[size];
    for (int i = 0; i < size; i++) {
      OutboxEntry entry = entries.get(i);
      attempts[i] = (short) entry.attempt();
      OutboxEntry.Past past = entry.past();
      if (past != null) {
        enqueuedAts[i] = moment(past.enqueuedAt());
        firstDues[i] = moment(past.firstDue());
        expiries[i] = moment(past.expires());
      }
    }
    return new MessageColumns(
            entries.stream()
                .map(entry -> new MessageColumns.Entry(entry.queue(), entry.message()))
                .toList())
        .tuple()
        .addValue(attempts)
        .addValue(enqueuedAts)
        .addValue(firstDues)
        .addValue(expiries)
        .addValue(clock.override());
  }

  private static @Nullable OffsetDateTime moment(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }
}
