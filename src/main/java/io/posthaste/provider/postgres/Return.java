package io.posthaste.provider.postgres;

import io.posthaste.message.Due;
import io.posthaste.message.Receipt;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Settlement;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Takes messages back that a receiver releases or rejects. One transaction for all callers. */
final class Return {
  private static final String SQL =
      """
      WITH %s, %s
      SELECT s.lease, s.message, m.attempt FROM settled s JOIN message m ON m.id = s.message
      """
          .formatted(Holding.HELD, Holding.TAKEN_OUT);

  private static final String NO_REASON = "rejected";

  private final Transaction transaction;
  private final Verdicts verdicts;
  private final StoreClock clock;
  private final RandomGenerator random;

  Return(Transaction transaction, Verdicts verdicts, StoreClock clock, RandomGenerator random) {
    this.transaction = transaction;
    this.verdicts = verdicts;
    this.clock = clock;
    this.random = random;
  }

  /** What became of each good receipt, for each request. */
  Future<List<Map<PostgresReceipt, Settlement.Outcome>>> run(List<SettleRequest> requests) {
    return transaction.locking(
        requests.stream().map(SettleRequest::queue).toList(),
        open ->
            open.connection()
                .preparedQuery(SQL)
                .execute(Holding.parameters(requests, clock))
                .compose(rows -> judge(open, requests, rows)));
  }

  private Future<List<Map<PostgresReceipt, Settlement.Outcome>>> judge(
      Transaction.Open open, List<SettleRequest> requests, RowSet<Row> rows) {
    Map<PostgresReceipt, Integer> attempts = new HashMap<>();
    for (Row row : rows) {
      attempts.put(new PostgresReceipt(row.getUUID(0), row.getUUID(1)), row.getShort(2) + 1);
    }
    Map<PostgresReceipt, Verdict> judged = new HashMap<>();
    List<Map<PostgresReceipt, Settlement.Outcome>> all = new ArrayList<>();
    for (SettleRequest request : requests) {
      Map<PostgresReceipt, Settlement.Outcome> outcomes = new HashMap<>();
      all.add(outcomes);
      for (int i = 0; i < request.messages(); i++) {
        PostgresReceipt receipt = request.receipts().get(i);
        Integer attempt = attempts.get(receipt);
        // Named by two callers: the first word counts, and the other has lost the lease
        if (attempt != null && !judged.containsKey(receipt)) {
          Verdict verdict =
              verdict(receipt, attempt, request.settlements().get(i), request.queue());
          judged.put(receipt, verdict);
          outcomes.put(receipt, outcome(verdict, request.settlements().get(i)));
        }
      }
    }
    return verdicts.apply(open, new ArrayList<>(judged.values())).map(_ -> all);
  }

  private Verdict verdict(
      PostgresReceipt receipt, int attempt, Settlement settlement, Queue queue) {
    return switch (settlement) {
      case Settlement.Release(Receipt _, Due.After(var delay)) ->
          new Verdict.Back(receipt.message(), attempt - 1, delay, null);
      case Settlement.Reject reject when reject.permanent() ->
          new Verdict.Dead(
              receipt.message(), attempt, DeadLetterClass.REJECTED_PERMANENTLY, reason(reject));
      case Settlement.Reject reject ->
          Verdict.failed(
              receipt.message(),
              attempt,
              reason(reject),
              DeadLetterClass.RETRIES_EXHAUSTED,
              queue.policy(),
              random);
      case Settlement.Ack _, Settlement.Extend _ ->
          throw new IllegalArgumentException("not a return");
    };
  }

  private static String reason(Settlement.Reject reject) {
    String reason = reject.reason();
    return reason == null ? NO_REASON : reason;
  }

  private static Settlement.Outcome outcome(Verdict verdict, Settlement settlement) {
    return switch (verdict) {
      case Verdict.Dead _ -> Settlement.Outcome.DEAD;
      case Verdict.Back _ when settlement instanceof Settlement.Release ->
          Settlement.Outcome.RELEASED;
      case Verdict.Back _ -> Settlement.Outcome.REJECTED;
      case Verdict.Dropped _ -> throw new IllegalStateException("a return drops nothing");
    };
  }
}
