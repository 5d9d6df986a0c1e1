package io.posthaste.store;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.queue.SendOutcome;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Finds the entry that broke a statement which stores many: halves are tried, in order. */
public final class Halves {
  private Halves() {}

  /**
   * What becomes of entries whose common statement failed. If the values of one are to blame, that
   * one alone is refused.
   *
   * @param store stores all of the given entries or none; it may come back here
   */
  public static <E> Future<List<SendOutcome>> store(
      List<E> entries, Throwable failure, Function<List<E>, Future<List<SendOutcome>>> store) {
    if (!DatabaseFailure.blamesValues(failure)) {
      return Future.failedFuture(failure);
    }
    if (entries.size() == 1) {
      return Future.succeededFuture(
          List.of(new SendOutcome.Refused(String.valueOf(failure.getMessage()))));
    }
    int middle = entries.size() / 2;
    return store
        .apply(entries.subList(0, middle))
        .compose(
            first ->
                store
                    .apply(entries.subList(middle, entries.size()))
                    .map(rest -> join(first, rest)));
  }

  private static List<SendOutcome> join(List<SendOutcome> first, List<SendOutcome> rest) {
    List<SendOutcome> all = new ArrayList<>(first);
    all.addAll(rest);
    return all;
  }
}
