package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.Delivery;
import io.posthaste.provider.Mailbox;
import io.posthaste.provider.Waiter;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.store.Merger;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The second half of claims: writes the leases of those who are served, and answers them. Touched
 * only inside the receive loop's mailbox.
 */
final class Granting {
  private final Vertx vertx;
  private final Mailbox mailbox;
  private final Claim claim;
  private final ReceiveLoop.GiveBack giveBack;
  private final Set<Commit> commits = new HashSet<>();

  /** Those whose leases are being written. */
  private record Commit(List<Line.Served> served, long since) {}

  Granting(Vertx vertx, Mailbox mailbox, Claim claim, ReceiveLoop.GiveBack giveBack) {
    this.vertx = vertx;
    this.mailbox = mailbox;
    this.claim = claim;
    this.giveBack = giveBack;
  }

  /**
   * Commits a claim.
   *
   * @param after hears, in the mailbox, how it went, when those who are served have been answered
   */
  void grant(
      Claim.Open open,
      List<Line.Served> served,
      List<Claim.Taken> putBack,
      Consumer<AsyncResult<?>> after) {
    // An empty answer now would hand messages out to nobody, at the cost of their leases
    served.forEach(it -> it.waiter().serve());
    Commit commit = new Commit(served, System.nanoTime());
    commits.add(commit);
    claim
        .grant(open, served.stream().map(Line.Served::grant).toList(), putBack)
        .onComplete(
            result ->
                mailbox.execute(
                    () -> {
                      commits.remove(commit);
                      try {
                        answer(served, result);
                      } finally {
                        after.accept(result);
                      }
                    }));
  }

  private void answer(List<Line.Served> served, AsyncResult<List<List<Delivery>>> result) {
    if (result.failed()) {
      Throwable failure = DatabaseFailure.translate(result.cause());
      served.forEach(it -> it.waiter().fail(failure));
      return;
    }
    for (int i = 0; i < served.size(); i++) {
      hand(served.get(i), result.result().get(i));
    }
  }

  private void hand(Line.Served served, List<Delivery> deliveries) {
    Waiter waiter = served.waiter();
    if (waiter.deadlineTimer() >= 0) {
      vertx.cancelTimer(waiter.deadlineTimer());
    }
    if (waiter.gone()) {
      giveBack.accept(served.queue(), deliveries);
    } else {
      waiter.answer(deliveries);
    }
  }

  /** Answers those who have waited too long: they may be served or not. */
  void giveUpOverdue(long now) {
    long latest = now - Merger.PATIENCE.toNanos();
    for (Commit commit : commits) {
      commit.served().stream()
          .map(Line.Served::waiter)
          .filter(w -> commit.since() - latest < 0 || w.overdueAt(latest))
          .filter(w -> !w.gone())
          .forEach(w -> w.fail(new OutcomeUnknown(PostgresQueueProvider.NAME, null)));
    }
  }
}
