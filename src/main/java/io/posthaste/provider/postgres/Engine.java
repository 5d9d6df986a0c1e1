package io.posthaste.provider.postgres;

import io.posthaste.message.UuidV7;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.Merger;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/** The moving parts of the provider, put together. */
final class Engine {
  private static final Logger LOG = Logger.getLogger(Engine.class);

  /**
   * Statements of a kind under way at once. Two keep PostgreSQL busy while answers travel; more
   * only make the merged statements smaller.
   */
  private static final int SLOTS = 2;

  private final Pool pool;
  private final Wakeups wakeups = new Wakeups();
  private final Merger<SendRequest, List<SendOutcome>> sends;
  private final Merger<SendRequest, List<SendOutcome>> carefulSends;
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> acks;
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> orderedAcks;
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> extensions;
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> returns;
  private final Settles settles;
  private final ReceiveLoop receives;
  private final Handovers handovers;
  private final Counts counts;
  private final Overview overview;
  private final Inspection inspection;
  private final Changes changes;
  private final LeaseRescue leaseRescue;
  private final UnconfirmedLeases unconfirmedLeases;
  private final Expiry expiry;
  private final StuckGroups stuckGroups;
  private final Function<Outbox, ReplaySteps> replaySteps;
  private final LocalMessages localMessages;

  /** What the parts need from outside. */
  record Surroundings(
      Vertx vertx,
      Pool pool,
      Supplier<Future<SqlConnection>> connect,
      Supplier<Queues> queues,
      QueueEvents events,
      StoreClock clock,
      RandomGenerator random,
      boolean shared) {}

  Engine(Surroundings given) {
    this.pool = given.pool();
    StoreClock clock = given.clock();
    QueueEvents events = given.events();
    Merger.MergeListener merged = events::merged;
    Transaction transaction = new Transaction(pool, wakeups);
    Verdicts verdicts = new Verdicts(clock, events);
    TakenIds taken = new TakenIds(pool);
    MergedSend plain = new MergedSend(new PlainSend(pool, clock, wakeups)::store, taken);
    sends = new Merger<>("send", SLOTS, merged, plain::run);
    MergedSend careful = new MergedSend(new CarefulSend(transaction, clock)::store, taken);
    carefulSends = new Merger<>("send-careful", SLOTS, merged, careful::run);
    Ack ack = new Ack(pool, transaction, clock);
    acks = new Merger<>("ack", SLOTS, merged, all -> as(Outcome.ACKED, ack.run(all)));
    orderedAcks =
        new Merger<>("ack-ordered", 1, merged, all -> as(Outcome.ACKED, ack.runInOrder(all)));
    Extend extend = new Extend(pool, clock);
    extensions =
        new Merger<>("extend", SLOTS, merged, all -> as(Outcome.EXTENDED, extend.run(all)));
    returns =
        new Merger<>(
            "return", SLOTS, merged, new Return(transaction, verdicts, clock, given.random())::run);
    settles = new Settles(acks, orderedAcks, extensions, returns);
    ReceiveLoop.GiveBack giveBack =
        (queue, deliveries) ->
            settles
                .settle(
                    queue,
                    deliveries.stream()
                        .map(delivery -> PostgresQueueProvider.release(delivery.receipt()))
                        .toList())
                .subscribe()
                .with(_ -> {}, failure -> LOG.warn("give-back failed", failure));
    handovers = new Handovers(given.vertx(), pool, given.connect(), giveBack);
    receives =
        new ReceiveLoop(
            given.vertx(),
            new Claim(
                pool,
                clock,
                new UuidV7(InstantSource.system(), new SecureRandom()),
                handovers::ready),
            new NextDue(pool, clock),
            giveBack,
            merged,
            new OtherReceivers(given.random()),
            given.shared());
    wakeups.listener(receives::signal);
    counts = new Counts(pool, clock);
    overview = new Overview(pool, clock);
    inspection = new Inspection(pool, clock);
    changes = new Changes(pool, transaction, clock);
    TakingBack takingBack = new TakingBack(transaction, verdicts, clock, given.queues());
    leaseRescue = new LeaseRescue(pool, clock, takingBack, given.random());
    unconfirmedLeases = new UnconfirmedLeases(pool, clock, takingBack);
    localMessages = new DirectSend(clock, wakeups);
    replaySteps =
        outbox -> new ReplaySteps(pool, transaction, clock, given.queues(), localMessages, outbox);
    expiry = new Expiry(pool, transaction, verdicts, clock, given.queues());
    stuckGroups = new StuckGroups(pool, transaction, clock);
  }

  private static Future<List<Map<PostgresReceipt, Outcome>>> as(
      Outcome outcome, Future<List<Set<PostgresReceipt>>> good) {
    return good.map(
        sets -> {
          // All requests share one set, see Ack
          Map<PostgresReceipt, Outcome> outcomes = new HashMap<>();
          sets.getFirst().forEach(receipt -> outcomes.put(receipt, outcome));
          return sets.stream().map(_ -> outcomes).toList();
        });
  }

  Pool pool() {
    return pool;
  }

  Wakeups wakeups() {
    return wakeups;
  }

  Merger<SendRequest, List<SendOutcome>> sends() {
    return sends;
  }

  Merger<SendRequest, List<SendOutcome>> carefulSends() {
    return carefulSends;
  }

  Settles settles() {
    return settles;
  }

  ReceiveLoop receives() {
    return receives;
  }

  Handovers handovers() {
    return handovers;
  }

  Counts counts() {
    return counts;
  }

  Overview overview() {
    return overview;
  }

  Inspection inspection() {
    return inspection;
  }

  Changes changes() {
    return changes;
  }

  LeaseRescue leaseRescue() {
    return leaseRescue;
  }

  UnconfirmedLeases unconfirmedLeases() {
    return unconfirmedLeases;
  }

  Expiry expiry() {
    return expiry;
  }

  StuckGroups stuckGroups() {
    return stuckGroups;
  }

  ReplaySteps replaySteps(Outbox outbox) {
    return replaySteps.apply(outbox);
  }

  LocalMessages localMessages() {
    return localMessages;
  }

  /** To be called several times a second. */
  void giveUpOverdue() {
    List.of(sends, carefulSends).forEach(Merger::giveUpOverdue);
    List.of(acks, orderedAcks, extensions, returns).forEach(Merger::giveUpOverdue);
    receives.giveUpOverdue();
  }
}
