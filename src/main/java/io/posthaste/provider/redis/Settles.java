package io.posthaste.provider.redis;

import io.posthaste.message.Due;
import io.posthaste.message.Receipt;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.Merger;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Settles deliveries of one queue, those too whose lease has run out. */
final class Settles {
  private static final String NO_REASON = "rejected";
  private static final String RAN_OUT = "lease expired";
  private static final String UNDECODABLE = "cannot be decoded";

  private final RedisScripts scripts;
  private final Stirred stirred;
  private final QueueEvents events;
  private final RandomGenerator random;

  Settles(RedisScripts scripts, Stirred stirred, QueueEvents events, RandomGenerator random) {
    this.scripts = scripts;
    this.stirred = stirred;
    this.events = events;
    this.random = random;
  }

  /** Settlements of one caller whose receipts were made here, with what they say. */
  record Request(Queue queue, List<RedisReceipt> receipts, List<Settlement> settlements)
      implements Merger.Weighted {
    @Override
    public int messages() {
      return receipts.size();
    }

    @Override
    public int bytes() {
      return 0;
    }
  }

  /** What to do with a delivery when its lease is what it should be. */
  private sealed interface Step {
    record Ack() implements Step {}

    record Extend(Duration lease) implements Step {}

    record Back(Duration delay, int attempt, String reason, Outcome outcome) implements Step {}

    record Dead(DeadLetterClass deadLetterClass, int attempt, String reason) implements Step {}
  }

  /** A queue's script with the steps that it was told. */
  private static final class Told {
    final RedisScripts.Words words;
    final List<Step> steps = new ArrayList<>();
    final List<RedisReceipt> receipts = new ArrayList<>();

    Told(Queue queue, String leases) {
      words =
          new RedisScripts.Words()
              .add(MessageFields.micros(queue.policy().retention()))
              .add(leases);
    }

    void add(RedisReceipt receipt, Step step) {
      receipts.add(receipt);
      steps.add(step);
      words.add(receipt.member());
      switch (step) {
        case Step.Ack() -> words.add("ack").add("").add("").add("");
        case Step.Extend(var lease) ->
            words.add("extend").add(MessageFields.micros(lease)).add("").add("");
        case Step.Back(var delay, var attempt, var reason, var _) ->
            words.add("back").add(MessageFields.micros(delay)).add(attempt).add(reason);
        case Step.Dead(var deadLetterClass, var attempt, var reason) ->
            words.add("dead").add(deadLetterClass.code()).add(attempt).add(reason);
      }
    }
  }

  Future<List<List<Outcome>>> run(List<Request> requests) {
    Queue queue = requests.getLast().queue();
    Told told = new Told(queue, "live");
    for (Request request : requests) {
      for (int i = 0; i < request.messages(); i++) {
        RedisReceipt receipt = request.receipts().get(i);
        told.add(receipt, step(receipt, request.settlements().get(i), request.queue().policy()));
      }
    }
    return scripts
        .run(RedisScript.SETTLE, queue.id(), told.words)
        .map(answer -> outcomes(queue, told, answer))
        .map(outcomes -> shared(outcomes, requests));
  }

  /** Fails the attempts whose leases are over, unless somebody was faster. */
  Future<?> over(Queue queue, List<RedisReceipt> receipts) {
    Told told = new Told(queue, "over");
    for (RedisReceipt receipt : receipts) {
      told.add(receipt, failed(receipt, RAN_OUT, DeadLetterClass.LEASE_EXPIRED, queue.policy()));
    }
    return scripts
        .run(RedisScript.SETTLE, queue.id(), told.words)
        .map(answer -> outcomes(queue, told, answer));
  }

  /** Makes dead letters of deliveries that cannot be handed out. */
  Future<?> poison(Queue queue, List<RedisReceipt> receipts) {
    Told told = new Told(queue, "live");
    for (RedisReceipt receipt : receipts) {
      told.add(receipt, new Step.Dead(DeadLetterClass.POISON, receipt.attempt(), UNDECODABLE));
    }
    return scripts
        .run(RedisScript.SETTLE, queue.id(), told.words)
        .map(answer -> outcomes(queue, told, answer));
  }

  private Step step(RedisReceipt receipt, Settlement settlement, QueuePolicy policy) {
    return switch (settlement) {
      case Settlement.Ack _ -> new Step.Ack();
      case Settlement.Extend(Receipt _, var lease) -> new Step.Extend(lease);
      case Settlement.Release(Receipt _, Due.After(var delay)) ->
          new Step.Back(delay, receipt.attempt() - 1, "", Outcome.RELEASED);
      case Settlement.Reject reject when reject.permanent() ->
          new Step.Dead(DeadLetterClass.REJECTED_PERMANENTLY, receipt.attempt(), reason(reject));
      case Settlement.Reject reject ->
          failed(receipt, reason(reject), DeadLetterClass.RETRIES_EXHAUSTED, policy);
    };
  }

  private Step failed(
      RedisReceipt receipt, String reason, DeadLetterClass whenExhausted, QueuePolicy policy) {
    int attempt = receipt.attempt();
    return attempt >= policy.maxAttempts()
        ? new Step.Dead(whenExhausted, attempt, reason)
        : new Step.Back(policy.retry().backoff(attempt, random), attempt, reason, Outcome.REJECTED);
  }

  // NUL stands between the entries of a history
  private static String reason(Settlement.Reject reject) {
    String reason = reject.reason();
    return reason == null || reason.isEmpty() ? NO_REASON : reason.replace('\0', ' ');
  }

  private List<Outcome> outcomes(Queue queue, Told told, Response answer) {
    List<Outcome> outcomes = new ArrayList<>(told.steps.size());
    for (int i = 0; i < told.steps.size(); i++) {
      boolean done = answer.get(i + 1).toString().equals("1");
      outcomes.add(
          done ? done(queue, told.receipts.get(i), told.steps.get(i)) : Outcome.LEASE_LOST);
    }
    return outcomes;
  }

  private Outcome done(Queue queue, RedisReceipt receipt, Step step) {
    return switch (step) {
      case Step.Ack() -> {
        if (receipt.ordered()) {
          stirred.stirred(queue, 0);
        }
        yield Outcome.ACKED;
      }
      case Step.Extend(var lease) -> {
        stirred.stirred(queue, MessageFields.micros(lease));
        yield Outcome.EXTENDED;
      }
      case Step.Back(var delay, var _, var _, var outcome) -> {
        stirred.stirred(queue, MessageFields.micros(delay));
        yield outcome;
      }
      case Step.Dead(var deadLetterClass, var _, var _) -> {
        events.dead(queue.name(), deadLetterClass, 1);
        stirred.died(queue);
        yield Outcome.DEAD;
      }
    };
  }

  private static List<List<Outcome>> shared(List<Outcome> outcomes, List<Request> requests) {
    List<List<Outcome>> all = new ArrayList<>(requests.size());
    int next = 0;
    for (Request request : requests) {
      all.add(outcomes.subList(next, next + request.messages()));
      next += request.messages();
    }
    return all;
  }
}
