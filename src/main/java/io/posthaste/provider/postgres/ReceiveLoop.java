package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.Delivery;
import io.posthaste.provider.Mailbox;
import io.posthaste.provider.Waiter;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.store.Merger;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.function.Consumer;

/**
 * Feeds all receivers of this replica: one look at the database serves every queue that has
 * somebody waiting, and nobody waiting means no look at all.
 *
 * <p>A queue is looked at when a receiver comes, when word comes that a message was put into it
 * (from this replica or another), when a delayed message falls due, and every few seconds lest a
 * word was lost. Each queue has one claim under way at most; {@link #SLOTS} claims run at once.
 */
final class ReceiveLoop {
  private static final int SLOTS = 2;

  /** A claim is dearer than other statements, so it takes more to make a second one worth it. */
  private static final int WORTH_ANOTHER = 4 * Merger.WORTH_ANOTHER;

  private static final int MOST_QUEUES = 64;
  private static final int MOST_MESSAGES = 1000;
  private static final Duration FORGET_AFTER = Duration.ofMinutes(1);

  private static final Comparator<Claim.Taken> DELIVERY_ORDER =
      Comparator.comparingInt(Claim.Taken::priority)
          .reversed()
          .thenComparingLong(Claim.Taken::dueMicros)
          .thenComparing(taken -> taken.message().id());

  private final Vertx vertx;
  private final Claim claim;
  private final Merger.MergeListener listener;
  private final boolean shared;
  private final OtherReceivers others;

  private final Mailbox mailbox = new Mailbox();
  private final Granting granting;
  private final DueTimers dueTimers;
  private final Map<Integer, Line> lines = new HashMap<>();
  private final SequencedSet<Line> hungry = new LinkedHashSet<>();
  private int flying;
  private boolean stopped;

  /** Returns deliveries that nobody is there to take any more. */
  interface GiveBack {
    void accept(Queue queue, List<Delivery> deliveries);
  }

  ReceiveLoop(
      Vertx vertx,
      Claim claim,
      NextDue nextDue,
      GiveBack giveBack,
      Merger.MergeListener listener,
      OtherReceivers others,
      boolean shared) {
    this.vertx = vertx;
    this.claim = claim;
    this.listener = listener;
    this.others = others;
    this.shared = shared;
    this.granting = new Granting(vertx, mailbox, claim, giveBack);
    this.dueTimers = new DueTimers(vertx, mailbox, nextDue, this::fallDue);
  }

  Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request) {
    return Uni.createFrom()
        .emitter(
            emitter -> {
              Waiter waiter = new Waiter(request, emitter);
              // Also when the client hangs up
              emitter.onTermination(waiter::leave);
              mailbox.execute(() -> join(queue, waiter));
            });
  }

  private void join(Queue queue, Waiter waiter) {
    if (stopped) {
      waiter.answer(List.of());
      return;
    }
    long now = System.nanoTime();
    Line line = lines.computeIfAbsent(queue.id(), _ -> new Line(queue, shared, now));
    line.join(waiter, queue, now);
    if (waiter.waits()) {
      waiter.deadlineTimer(
          vertx.setTimer(
              Math.max(1, waiter.request().waitTime().toMillis()),
              _ -> mailbox.execute(waiter::expire)));
    }
    // Whoever comes back at once must not undo the courtesy to other replicas
    if (!waiter.waits() || !line.holdsBack(now)) {
      feed(line);
      serve();
    }
  }

  /** Something was put into {@code ready} by this replica. */
  void signal(List<Signal> signals) {
    mailbox.execute(
        () -> {
          signals.forEach(signal -> hear(signal, true));
          serve();
        });
  }

  /** Something was put into {@code ready} by another replica. */
  void signalFromOther(List<Signal> signals) {
    mailbox.execute(
        () -> {
          signals.forEach(signal -> hear(signal, false));
          serve();
        });
  }

  private void hear(Signal signal, boolean own) {
    Line line = lines.get(signal.queue());
    if (line == null) {
      return;
    }
    line.signal(signal);
    if (signal.delayMicros() > 0) {
      dueTimers.arm(line, signal.delayMicros());
    } else if (own && others.theirTurn(signal.queue(), line.waiting(), System.nanoTime())) {
      holdBack(line);
    } else {
      feed(line);
    }
  }

  private void holdBack(Line line) {
    line.holdBackUntil(System.nanoTime() + OtherReceivers.COURTESY.toNanos());
    vertx.setTimer(
        OtherReceivers.COURTESY.toMillis(),
        _ ->
            mailbox.execute(
                () -> {
                  feed(line);
                  serve();
                }));
  }

  /** A replica says how many receivers wait there, by queue. */
  void hearOfReceivers(String replica, Map<Integer, Integer> receivers) {
    mailbox.execute(
        () -> {
          long now = System.nanoTime();
          receivers.forEach((queue, count) -> others.hear(replica, queue, count, now));
        });
  }

  /** How many receivers wait here, by queue; queues without any are absent. */
  void countReceivers(Consumer<Map<Integer, Integer>> answer) {
    mailbox.execute(
        () -> {
          Map<Integer, Integer> counts = new HashMap<>();
          lines.forEach(
              (queue, line) -> {
                if (line.waiting() > 0) {
                  counts.put(queue, line.waiting());
                }
              });
          answer.accept(counts);
        });
  }

  /** Anything may have happened: look everywhere. */
  void signalAll() {
    mailbox.execute(
        () -> {
          lines
              .values()
              .forEach(
                  line -> {
                    line.lookFully();
                    feed(line);
                  });
          serve();
        });
  }

  /** To be called about once a second: full looks, and queues that nobody uses any more. */
  void tick() {
    mailbox.execute(
        () -> {
          long now = System.nanoTime();
          lines.values().removeIf(line -> line.idleSince(now - FORGET_AFTER.toNanos()));
          for (Line line : lines.values()) {
            if (line.fullLookDue(now)) {
              feed(line);
            }
          }
          serve();
        });
  }

  /** Answers all who wait, with nothing, and takes nothing more. */
  void stop() {
    mailbox.execute(
        () -> {
          stopped = true;
          lines.values().forEach(line -> line.removeAll().forEach(w -> w.answer(List.of())));
        });
  }

  private void fallDue(Line line) {
    feed(line);
    serve();
  }

  private void feed(Line line) {
    if (line.hungry(System.nanoTime())) {
      hungry.add(line);
    }
  }

  private void serve() {
    while (!hungry.isEmpty() && anotherIsWorthIt()) {
      Round round = nextRound();
      if (!round.wants.isEmpty()) {
        run(round);
      }
    }
  }

  // While a claim is under way, few messages are better taken together by the one that follows
  private boolean anotherIsWorthIt() {
    if (flying == 0) {
      return true;
    }
    int wanted = 0;
    for (Line line : hungry) {
      wanted += line.wanted();
      if (wanted >= flying * WORTH_ANOTHER) {
        return flying < SLOTS;
      }
    }
    return false;
  }

  /** The queues that one claim looks at. */
  private record Round(List<Line> lines, List<Claim.Want> wants, long since) {}

  private Round nextRound() {
    long now = System.nanoTime();
    Round round = new Round(new ArrayList<>(), new ArrayList<>(), now);
    int demand = 0;
    while (!hungry.isEmpty() && round.lines.size() < MOST_QUEUES && demand < MOST_MESSAGES) {
      Line line = hungry.removeFirst();
      List<Claim.Want> wants = line.startClaim(MOST_MESSAGES - demand, now);
      if (!wants.isEmpty()) {
        round.lines.add(line);
        round.wants.addAll(wants);
        demand += line.demand();
      }
    }
    return round;
  }

  private void run(Round round) {
    flying++;
    claim
        .take(round.wants)
        .onComplete(
            result ->
                mailbox.execute(
                    () -> {
                      if (result.succeeded()) {
                        distribute(round, result.result());
                      } else {
                        fail(round, DatabaseFailure.translate(result.cause()));
                      }
                    }));
  }

  private void distribute(Round round, Claim.Open open) {
    Map<Integer, List<Claim.Taken>> byQueue = new HashMap<>();
    long bytes = 0;
    for (Claim.Taken taken : open.taken()) {
      byQueue.computeIfAbsent(taken.queue(), _ -> new ArrayList<>()).add(taken);
      bytes += taken.message().content().payload().size();
    }
    boolean cutShort = bytes >= Claim.MOST_BYTES;
    List<Line.Served> served = new ArrayList<>();
    List<Claim.Taken> putBack = new ArrayList<>();
    for (Line line : round.lines) {
      List<Claim.Taken> taken = byQueue.getOrDefault(line.queue().id(), List.of());
      if (taken.size() > 1) {
        taken.sort(DELIVERY_ORDER);
      }
      distribute(line, taken, cutShort, served, putBack);
    }
    grant(round, open, served, putBack);
    round.lines.forEach(this::feed);
    dueTimers.ask(round.lines);
    serve();
  }

  private void distribute(
      Line line,
      List<Claim.Taken> taken,
      boolean cutShort,
      List<Line.Served> served,
      List<Claim.Taken> putBack) {
    boolean dry = line.endClaim(taken, cutShort, System.nanoTime());
    List<Line.Served> servedHere = line.serve(taken);
    served.addAll(servedHere);
    int used = servedHere.stream().mapToInt(s -> s.grant().messages().size()).sum();
    putBack.addAll(taken.subList(used, taken.size()));
    if (dry) {
      line.removeImpatient().forEach(w -> w.answer(List.of()));
    }
  }

  private void grant(
      Round round, Claim.Open open, List<Line.Served> served, List<Claim.Taken> putBack) {
    granting.grant(
        open,
        served,
        putBack,
        result -> {
          flying--;
          if (result.succeeded()) {
            putBack.forEach(this::comeBack);
            listener.merged(
                "receive", served.size(), Duration.ofNanos(System.nanoTime() - round.since));
          } else {
            // The next claims may be under way already
            round.lines.forEach(line -> line.forgetHints(System.nanoTime()));
          }
          serve();
        });
  }

  private void comeBack(Claim.Taken taken) {
    Line line = lines.get(taken.queue());
    if (line != null) {
      line.signal(new Signal(taken.queue(), taken.priority(), taken.dueMicros(), 0));
      feed(line);
    }
  }

  private void fail(Round round, Throwable failure) {
    flying--;
    long now = System.nanoTime();
    for (Line line : round.lines) {
      line.failClaim(now);
      line.removeAll().forEach(w -> w.fail(failure));
    }
    serve();
  }

  /** To be called several times a second: answers those whom a silent database keeps waiting. */
  void giveUpOverdue() {
    mailbox.execute(
        () -> {
          long now = System.nanoTime();
          granting.giveUpOverdue(now);
          for (Line line : lines.values()) {
            line.removeOverdue(now)
                .forEach(w -> w.fail(new ProviderUnavailable(PostgresQueueProvider.NAME, null)));
          }
        });
  }
}
