package io.posthaste.outbox;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.queue.SendOutcome;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Adds the messages of many callers in one statement; a bad one does not fail its neighbours. */
final class Addition {
  private final Pool pool;
  private final OutboxInsert insert;
  private final Wakeup wakeup;

  /** Is told how many microseconds ahead something of a provider falls due. */
  interface Wakeup {
    void wake(String provider, long aheadMicros);
  }

  Addition(Pool pool, OutboxInsert insert, Wakeup wakeup) {
    this.pool = pool;
    this.insert = insert;
    this.wakeup = wakeup;
  }

  Future<List<List<SendOutcome>>> run(List<AddRequest> requests) {
    List<OutboxEntry> entries = new ArrayList<>();
    requests.forEach(request -> entries.addAll(request.entries()));
    return store(entries)
        .map(
            outcomes ->
                requests.stream().map(request -> pick(request.entries(), outcomes)).toList());
  }

  static List<SendOutcome> pick(List<OutboxEntry> entries, Map<UUID, SendOutcome> outcomes) {
    List<SendOutcome> picked = new ArrayList<>(entries.size());
    for (OutboxEntry entry : entries) {
      UUID id = entry.message().id().value();
      SendOutcome outcome = outcomes.get(id);
      if (outcome == null) {
        throw new IllegalStateException("no outcome of message " + id);
      }
      picked.add(outcome);
    }
    return picked;
  }

  private Future<Map<UUID, SendOutcome>> store(List<OutboxEntry> entries) {
    return insert
        .run(pool, entries)
        .map(
            inserted -> {
              inserted.ahead().forEach(wakeup::wake);
              return inserted.outcomes();
            })
        .recover(
            failure ->
                DatabaseFailure.blamesValues(failure)
                    ? storeApart(entries, failure)
                    : Future.failedFuture(failure));
  }

  // One row broke the statement: halves are tried until it stands alone
  private Future<Map<UUID, SendOutcome>> storeApart(List<OutboxEntry> entries, Throwable failure) {
    if (entries.size() == 1) {
      return Future.succeededFuture(
          Map.of(
              entries.getFirst().message().id().value(),
              new SendOutcome.Refused(String.valueOf(failure.getMessage()))));
    }
    int middle = entries.size() / 2;
    return store(entries.subList(0, middle))
        .compose(
            first ->
                store(entries.subList(middle, entries.size()))
                    .map(
                        rest -> {
                          Map<UUID, SendOutcome> all = new HashMap<>(first);
                          all.putAll(rest);
                          return all;
                        }));
  }
}
