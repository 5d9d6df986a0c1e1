package io.posthaste.provider.postgres;

import io.posthaste.queue.NewMessage;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.Halves;
import io.posthaste.store.Merger;
import io.posthaste.store.MessageColumns;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/**
 * Stores the messages of many callers together. One that cannot be stored fails none of its
 * neighbours, and costs them few statements: they wait for it.
 */
final class MergedSend {
  private final Function<List<MessageColumns.Entry>, Future<List<SendOutcome>>> send;
  private final TakenIds taken;

  /**
   * @param send stores all of the given messages or, if it fails, none
   */
  MergedSend(Function<List<MessageColumns.Entry>, Future<List<SendOutcome>>> send, TakenIds taken) {
    this.send = send;
    this.taken = taken;
  }

  Future<List<List<SendOutcome>>> run(List<SendRequest> requests) {
    List<MessageColumns.Entry> entries = new ArrayList<>();
    for (SendRequest request : requests) {
      for (NewMessage message : request.entries()) {
        entries.add(new MessageColumns.Entry(request.queue(), message));
      }
    }
    return store(entries).map(outcomes -> Merger.portions(requests, outcomes));
  }

  private Future<List<SendOutcome>> store(List<MessageColumns.Entry> entries) {
    if (entries.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return send.apply(entries)
        .recover(
            failure ->
                TakenIds.areMeant(failure)
                    ? storeUntaken(entries, failure)
                    : Halves.store(entries, failure, this::store));
  }

  private Future<List<SendOutcome>> storeUntaken(
      List<MessageColumns.Entry> entries, Throwable failure) {
    return taken
        .find(entries)
        .compose(
            found -> {
              List<MessageColumns.Entry> left =
                  entries.stream()
                      .filter(entry -> !found.containsKey(entry.message().id().value()))
                      .toList();
              // Two of these entries share an id, or who had it is gone by now
              return left.size() == entries.size()
                  ? Halves.store(entries, failure, this::store)
                  : store(left).map(outcomes -> join(entries, found, outcomes));
            });
  }

  private static List<SendOutcome> join(
      List<MessageColumns.Entry> entries,
      Map<UUID, TakenIds.Stored> found,
      List<SendOutcome> ofOthers) {
    Iterator<SendOutcome> others = ofOthers.iterator();
    List<SendOutcome> all = new ArrayList<>(entries.size());
    for (MessageColumns.Entry entry : entries) {
      TakenIds.Stored stored = found.get(entry.message().id().value());
      all.add(stored == null ? others.next() : stored.outcome(entry));
    }
    return all;
  }
}
