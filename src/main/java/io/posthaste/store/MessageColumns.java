package io.posthaste.store;

import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.Payload;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * New messages turned into one array a column, the shape that {@code unnest} takes: a merged
 * statement has the same text for one message as for a thousand.
 */
public final class MessageColumns {
  /** The parameters $1 to $13, in the order of {@link #tuple}. */
  public static final String UNNEST =
      """
      unnest($1::uuid[], $2::int[], $3::smallint[], $4::bigint[], $5::timestamptz[], $6::bigint[],
        $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bytea[])
        WITH ORDINALITY AS e(id, queue, priority, delay_us, deliver_at, ttl_us, group_name, type,
          content_type, correlation_id, deduplication_id, headers, payload, place)\
      """;

  /** The due time of an entry {@code e} at the moment {@code at.now}. */
  public static final String DUE =
      """
      greatest(coalesce(e.deliver_at, at.now + e.delay_us * interval '1 microsecond'), at.now)\
      """;

  /**
   * Those of the queues that were deleted. It hardly ever finds one: what counts is the lock on the
   * table, which is taken before the statement's snapshot and which a deletion shuts out, see
   * {@code PostgresQueueStore}. So no message is stored in a queue that is gone.
   */
  public static final String DELETED =
      """
      deleted AS MATERIALIZED (
        SELECT id FROM deleted_queue WHERE id = ANY ($2::int[]) FOR KEY SHARE)\
      """;

  /** Whether the queue of an entry {@code e} is there, joined as {@code q}. */
  public static final String DEFINED =
      """
      q.id IS NOT NULL AND NOT EXISTS (SELECT FROM deleted WHERE deleted.id = e.queue)\
      """;

  private final UUID[] ids;
  private final Integer[] queues;
  private final Short[] priorities;
  private final Long[] delays;
  private final @Nullable OffsetDateTime[] deliverAts;
  private final @Nullable Long[] timesToLive;
  private final @Nullable String[] groups;
  private final @Nullable String[] types;
  private final @Nullable String[] contentTypes;
  private final @Nullable String[] correlationIds;
  private final @Nullable String[] deduplicationIds;
  private final @Nullable String[] headers;
  private final Buffer[] payloads;

  public record Entry(Queue queue, NewMessage message) {}

  public MessageColumns(List<Entry> entries) {
    int size = entries.size();
    ids = new UUID[size];
    queues = new Integer[size];
    priorities = new Short[size];
    delays = new Long[size];
    deliverAts = new @Nullable OffsetDateTime[size];
    timesToLive = new @Nullable Long[size];
    groups = new @Nullable String[size];
    types = new @Nullable String[size];
    contentTypes = new @Nullable String[size];
    correlationIds = new @Nullable String[size];
    deduplicationIds = new @Nullable String[size];
    headers = new @Nullable String[size];
    payloads = new Buffer[size];
    for (int i = 0; i < size; i++) {
      put(i, entries.get(i));
    }
  }

  private void put(int i, Entry entry) {
    NewMessage message = entry.message();
    Content content = message.content();
    ids[i] = message.id().value();
    queues[i] = entry.queue().id();
    priorities[i] = (short) content.priority();
    switch (message.due()) {
      case Due.After(Duration delay) -> delays[i] = Micros.of(delay);
      case Due.At(var instant) -> {
        delays[i] = 0L;
        deliverAts[i] = instant.atOffset(ZoneOffset.UTC);
      }
    }
    Duration timeToLive = message.timeToLive();
    timesToLive[i] = timeToLive == null ? null : Micros.of(timeToLive);
    groups[i] = content.group();
    types[i] = content.type();
    contentTypes[i] = content.payload() instanceof Payload.Binary(var _, var type) ? type : null;
    correlationIds[i] = content.correlationId();
    deduplicationIds[i] = content.deduplicationId();
    headers[i] = HeadersText.write(content.headers());
    payloads[i] = Buffer.buffer(io.netty.buffer.Unpooled.wrappedBuffer(content.payload().bytes()));
  }

  /** The thirteen parameters; more may be added behind them. */
  public Tuple tuple() {
    return Tuple.tuple()
        .addValue(ids)
        .addValue(queues)
        .addValue(priorities)
        .addValue(delays)
        .addValue(deliverAts)
        .addValue(timesToLive)
        .addValue(groups)
        .addValue(types)
        .addValue(contentTypes)
        .addValue(correlationIds)
        .addValue(deduplicationIds)
        .addValue(headers)
        .addValue(payloads);
  }
}
