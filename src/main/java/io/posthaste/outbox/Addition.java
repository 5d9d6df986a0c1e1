package io.posthaste.outbox;

import io.posthaste.queue.SendOutcome;
import io.posthaste.store.Halves;
import io.posthaste.store.Merger;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
    return store(entries).map(outcomes -> Merger.portions(requests, outcomes));
  }

  static List<SendOutcome> pick(List<OutboxEntry> entries, Map<Stay, SendOutcome> outcomes) {
    List<SendOutcome> picked = new ArrayList<>(entries.size());
    for (OutboxEntry entry : entries) {
      SendOutcome outcome = outcomes.get(Stay.of(entry));
      if (outcome == null) {
        throw new IllegalStateException("no outcome of message " + entry.message().id());
      }
      picked.add(outcome);
    }
    return picked;
  }

  private Future<List<SendOutcome>> store(List<OutboxEntry> entries) {
    return insert
        .run(pool, entries)
        .map(
            inserted -> {
              inserted.ahead().forEach(wakeup::wake);
              return pick(entries, inserted.outcomes());
            })
        .recover(failure -> Halves.store(entries, failure, this::store));
  }
}
