package io.posthaste.outbox;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.StoredMessage;
import io.posthaste.store.Merger;
import io.posthaste.store.StoreClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Where messages of brokers without delays wait until they are due. See this package.
 *
 * <p>What answers a {@code Uni} fails with {@code ProviderUnavailable} when nothing was done, and
 * with {@code OutcomeUnknown} when it may have been.
 */
public final class Outbox {
  private static final Duration PURGE = Duration.ofMinutes(5);
  private static final Duration LOOK = Duration.ofSeconds(20);

  private final Pool pool;
  private final OutboxInsert insert;
  private final OutboxLook look;
  private final OutboxChanges changes;
  private final Merger<AddRequest, List<SendOutcome>> additions;
  private final List<Addition.Wakeup> wakeups = new CopyOnWriteArrayList<>();

  Outbox(Pool pool, StoreClock clock, Merger.MergeListener listener) {
    this.pool = pool;
    this.insert = new OutboxInsert(clock);
    this.look = new OutboxLook(pool, clock);
    this.changes = new OutboxChanges(pool, clock, this::wake);
    this.additions =
        new Merger<>("outbox", 2, listener, new Addition(pool, insert, this::wake)::run);
  }

  void listener(Addition.Wakeup wakeup) {
    wakeups.add(wakeup);
  }

  private void wake(String provider, long aheadMicros) {
    wakeups.forEach(wakeup -> wakeup.wake(provider, aheadMicros));
  }

  void giveUpOverdue() {
    additions.giveUpOverdue();
  }

  /** Adds messages durably; an outcome for each: stored, refused, or its queue is gone. */
  public Uni<List<SendOutcome>> add(List<OutboxEntry> entries) {
    return entries.isEmpty()
        ? Uni.createFrom().item(List.of())
        : additions.submit(new AddRequest(List.copyOf(entries)));
  }

  /**
   * What was added within a transaction of the caller's.
   *
   * @param afterCommit to be run once the transaction is committed
   */
  public record Added(List<SendOutcome> outcomes, Runnable afterCommit) {}

  /** Adds messages as part of a transaction; a row that cannot be stored fails all of it. */
  public Future<Added> add(SqlConnection transaction, List<OutboxEntry> entries) {
    return entries.isEmpty()
        ? Future.succeededFuture(new Added(List.of(), () -> {}))
        : insert
            .run(transaction, entries)
            .map(
                inserted ->
                    new Added(
                        Addition.pick(entries, inserted.outcomes()),
                        () -> inserted.ahead().forEach(this::wake)));
  }

  /** What waits of a queue, the next first; only in the given state, if any. */
  public Uni<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    return state.filter(MessageState.LEASED::equals).isPresent()
        ? Uni.createFrom().item(List.of())
        : DatabaseFailure.translated(pool, LOOK, () -> look.peek(queue, state, limit));
  }

  public Uni<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    return DatabaseFailure.translated(() -> look.find(queue, id));
  }

  public Uni<Waiting> count(Queue queue) {
    return DatabaseFailure.translated(pool, LOOK, () -> look.count(queue));
  }

  /** Of all queues of a provider that have anything waiting; for metrics. */
  public Uni<Map<QueueName, Waiting>> overview(String provider) {
    return DatabaseFailure.translated(pool, LOOK, () -> look.overview(provider));
  }

  /** Changes when a message is due; whether it waits here. */
  public Uni<Boolean> reschedule(Queue queue, MessageId id, Due due) {
    return DatabaseFailure.translated(() -> changes.reschedule(queue, id, due));
  }

  /** Removes a message for good; whether it waited here. */
  public Uni<Boolean> cancel(Queue queue, MessageId id) {
    return DatabaseFailure.translated(() -> changes.cancel(queue, id));
  }

  /** Removes all that waits of a queue, defined or not; how many. */
  public Uni<Long> purge(int queue) {
    return DatabaseFailure.translated(pool, PURGE, () -> changes.purge(queue));
  }
}
