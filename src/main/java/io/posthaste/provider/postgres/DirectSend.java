package io.posthaste.provider.postgres;

import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.outbox.OutboxEntry;
import io.posthaste.queue.Queue;
import io.posthaste.store.MessageColumns;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Sends into queues of this provider as part of a transaction that does more than that. */
final class DirectSend implements LocalMessages {
  private static final String UNSETTLED = "SELECT id FROM message WHERE id = ANY ($1::uuid[])";

  private final StoreClock clock;
  private final Wakeups wakeups;

  DirectSend(StoreClock clock, Wakeups wakeups) {
    this.clock = clock;
    this.wakeups = wakeups;
  }

  @Override
  public String provider() {
    return PostgresQueueProvider.NAME;
  }

  @Override
  public Future<Outbox.Added> add(SqlConnection transaction, List<OutboxEntry> entries) {
    Set<Integer> ordered = new TreeSet<>();
    for (OutboxEntry entry : entries) {
      Queue queue = entry.queue();
      if (queue.ordersByGroup()) {
        ordered.add(queue.id());
      }
    }
    List<MessageColumns.Entry> columns =
        entries.stream()
            .map(entry -> new MessageColumns.Entry(entry.queue(), entry.message()))
            .toList();
    return GroupOrder.lock(transaction, ordered)
        .compose(
            _ ->
                transaction
                    .preparedQuery(ordered.isEmpty() ? PlainSend.SQL : OrderedStore.SQL)
                    .execute(new MessageColumns(columns).tuple().addValue(clock.override())))
        .map(rows -> added(columns, rows.iterator().next()));
  }

  private Outbox.Added added(List<MessageColumns.Entry> entries, Row row) {
    return new Outbox.Added(
        PlainSend.outcomes(entries, row), () -> wakeups.stored(entries, row.getOffsetDateTime(0)));
  }

  @Override
  public Future<Set<UUID>> unsettled(SqlConnection transaction, Collection<UUID> messages) {
    return transaction
        .preparedQuery(UNSETTLED)
        .execute(Tuple.tuple().addValue(messages.toArray(UUID[]::new)))
        .map(
            rows -> {
              Set<UUID> found = new HashSet<>();
              rows.forEach(row -> found.add(row.getUUID(0)));
              return found;
            });
  }
}
