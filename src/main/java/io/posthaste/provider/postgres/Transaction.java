package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Runs work in a transaction, and tells of the messages that it made ready once it is committed. A
 * transaction that lost against another is run again, a few times.
 */
final class Transaction {
  private static final int TRIES = 5;

  private final Pool pool;
  private final Wakeups wakeups;

  Transaction(Pool pool, Wakeups wakeups) {
    this.pool = pool;
    this.wakeups = wakeups;
  }

  /** An open transaction, whom to wake when it is committed, and what else to do then. */
  record Open(SqlConnection connection, List<Signal> signals, List<Runnable> after) {
    void afterCommit(Runnable action) {
      after.add(action);
    }
  }

  /** Runs work under the locks of those of the queues that order by group. */
  <T> Future<T> locking(Iterable<io.posthaste.queue.Queue> queues, Function<Open, Future<T>> work) {
    Set<Integer> ordered = new TreeSet<>();
    for (io.posthaste.queue.Queue queue : queues) {
      if (queue.ordersByGroup()) {
        ordered.add(queue.id());
      }
    }
    return run(open -> GroupOrder.lock(open.connection(), ordered).compose(_ -> work.apply(open)));
  }

  <T> Future<T> run(Function<Open, Future<T>> work) {
    return attempt(work, TRIES);
  }

  private <T> Future<T> attempt(Function<Open, Future<T>> work, int tries) {
    List<Signal> signals = new ArrayList<>();
    List<Runnable> after = new ArrayList<>();
    return pool.withTransaction(connection -> work.apply(new Open(connection, signals, after)))
        .onSuccess(
            _ -> {
              wakeups.signal(signals);
              after.forEach(Runnable::run);
            })
        .recover(
            failure ->
                tries > 1 && DatabaseFailure.lostRace(failure)
                    ? attempt(work, tries - 1)
                    : Future.failedFuture(failure));
  }
}
