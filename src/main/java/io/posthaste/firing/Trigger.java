package io.posthaste.firing;

import io.posthaste.message.MessageId;
import io.posthaste.message.UuidV7;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.outbox.OutboxEntry;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.Queues;
import io.posthaste.queue.SendOutcome;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Definition;
import io.posthaste.scheduling.HistoryEntry;
import io.posthaste.scheduling.Placeholders;
import io.posthaste.scheduling.ScheduleEvents;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends a schedule's message by hand, beside its plan. */
final class Trigger {
  private static final String TAKE =
      """
      WITH entry AS (
        UPDATE plan p SET entries = p.entries + 1 FROM schedule s
        WHERE s.name = $1 AND p.schedule = s.id RETURNING p.schedule, p.entries, p.fired)
      SELECT %s, e.entries, e.fired, coalesce($2::timestamptz, now())
      FROM entry e JOIN schedule s ON s.id = e.schedule
      """
          .formatted(ScheduleRow.DEFINITION);

  private static final int EXTRA = 26;

  private final Pool pool;
  private final StoreClock clock;
  private final Supplier<Queues> queues;
  private final Sends sends;

  /** Ways into queues, and who hears of it. */
  record Sends(LocalMessages local, Outbox outbox, UuidV7 ids, ScheduleEvents events) {}

  Trigger(Pool pool, StoreClock clock, Supplier<Queues> queues, Sends sends) {
    this.pool = pool;
    this.clock = clock;
    this.queues = queues;
    this.sends = sends;
  }

  /** The message's id; empty when there is no such schedule. Fails when its queue is gone. */
  Future<Optional<MessageId>> run(ScheduleName name) {
    return pool.withTransaction(
            connection ->
                connection
                    .preparedQuery(TAKE)
                    .execute(Tuple.of(name.value(), clock.override()))
                    .compose(
                        rows ->
                            rows.size() == 0
                                ? Future.succeededFuture(Optional.<Sent>empty())
                                : sendOne(connection, rows.iterator().next())))
        .map(Trigger::committed);
  }

  private Future<Optional<Sent>> sendOne(SqlConnection connection, Row row) {
    return send(connection, row).map(Optional::of);
  }

  private static Optional<MessageId> committed(@Nullable Optional<Sent> transaction) {
    Optional<Sent> sent = Objects.requireNonNull(transaction);
    sent.ifPresent(it -> it.afterCommit().run());
    return sent.map(Sent::id);
  }

  private record Sent(MessageId id, Runnable afterCommit) {}

  private Future<Sent> send(SqlConnection connection, Row row) {
    Definition definition = ScheduleRow.definition(row);
    Instant now = row.getOffsetDateTime(EXTRA + 2).toInstant();
    MessageId id = new MessageId(sends.ids().next());
    Placeholders values =
        new Placeholders(
            new ScheduleName(row.getString(1)),
            row.getLong(EXTRA + 1),
            now,
            now,
            definition.timetable().zone());
    HistoryEntry entry =
        new HistoryEntry(row.getLong(EXTRA), now, now, HistoryEntry.Outcome.TRIGGERED, id, null);
    return Future.fromCompletionStage(
            queues.get().get(definition.target()).subscribeAsCompletionStage())
        .compose(
            target ->
                add(connection, OutboxEntry.first(target, definition.message().render(id, values))))
        .compose(
            added ->
                History.write(connection, List.of(new History.Line(row.getInteger(0), entry)))
                    .map(new Sent(id, () -> finish(added))));
  }

  private void finish(Outbox.Added added) {
    added.afterCommit().run();
    sends.events().occurred(HistoryEntry.Outcome.TRIGGERED, 1);
  }

  private Future<Outbox.Added> add(SqlConnection connection, OutboxEntry entry) {
    Queue target = entry.queue();
    Future<Outbox.Added> added =
        target.provider().equals(sends.local().provider())
            ? sends.local().add(connection, List.of(entry))
            : sends.outbox().add(connection, List.of(entry));
    return added.map(
        it -> {
          if (!(it.outcomes().getFirst() instanceof SendOutcome.Stored)) {
            queues.get().forget(target.name());
            throw new QueueNotFound(target.name());
          }
          return it;
        });
  }
}
