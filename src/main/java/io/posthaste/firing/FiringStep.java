package io.posthaste.firing;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.schedule.Occurrence;
import io.posthaste.scheduling.HistoryEntry.Outcome;
import io.posthaste.scheduling.ScheduleEvents;
import io.posthaste.store.DueLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One step of firing: up to {@link #MOST} schedules that are due, in one transaction, see this
 * package. A schedule that breaks the transaction is found by halves and set aside for a while.
 */
final class FiringStep {
  static final int MOST = 1000;
  private static final Logger LOG = Logger.getLogger(FiringStep.class);

  /** So many are decided about on the event loop; more of them elsewhere. */
  private static final int FEW = 16;

  private final Vertx vertx;
  private final Pool pool;
  private final PlanTable plans;
  private final Definitions definitions;
  private final Targets targets;
  private final OccurrenceSend send;
  private final ScheduleEvents events;

  /** The parts that a step is made of. */
  record Parts(PlanTable plans, Definitions definitions, Targets targets, OccurrenceSend send) {}

  FiringStep(Vertx vertx, Pool pool, Parts parts, ScheduleEvents events) {
    this.vertx = vertx;
    this.pool = pool;
    this.plans = parts.plans();
    this.definitions = parts.definitions();
    this.targets = parts.targets();
    this.send = parts.send();
    this.events = events;
  }

  Future<DueLoop.Look> run() {
    return run(MOST);
  }

  private record Done(PlanTable.Taken taken, List<Runnable> afterCommit) {}

  private Future<DueLoop.Look> run(int most) {
    Attempt attempt = new Attempt();
    return pool.withTransaction(
            connection ->
                plans.take(connection, most).compose(taken -> fire(connection, attempt.of(taken))))
        .map(
            done -> {
              done.afterCommit().forEach(Runnable::run);
              tell(done.taken());
              return new DueLoop.Look(done.taken().more(), done.taken().aheadMicros());
            })
        .recover(
            failure -> isDefect(failure) ? apart(attempt, failure) : Future.failedFuture(failure));
  }

  // Whatever it is, it must not keep others from firing
  private static boolean isDefect(Throwable failure) {
    Throwable translated = DatabaseFailure.translate(failure);
    return !(translated instanceof ProviderUnavailable || translated instanceof OutcomeUnknown);
  }

  /** What a transaction had taken when it failed. */
  private static final class Attempt {
    private PlanTable.@Nullable Taken taken;

    PlanTable.Taken of(PlanTable.Taken given) {
      taken = given;
      return given;
    }

    List<Turn> turns() {
      return taken == null ? List.of() : taken.turns();
    }
  }

  // The same schedules come first again, fewer of them, until the one to blame stands alone
  private Future<DueLoop.Look> apart(Attempt attempt, Throwable failure) {
    List<Turn> turns = attempt.turns();
    if (turns.isEmpty()) {
      return Future.failedFuture(failure);
    }
    if (turns.size() > 1) {
      return run(turns.size() / 2);
    }
    int schedule = turns.getFirst().schedule;
    LOG.warnf("schedule set aside schedule=%d cause=%s", schedule, failure);
    String problem = "It cannot be fired: " + failure.getMessage();
    return pool.withConnection(connection -> plans.setAside(connection, schedule, problem))
        .map(new DueLoop.Look(true, -1));
  }

  private Future<Done> fire(SqlConnection connection, PlanTable.Taken taken) {
    if (taken.turns().isEmpty()) {
      return Future.succeededFuture(new Done(taken, List.of()));
    }
    Instant now = taken.now();
    return definitions
        .load(connection, taken.turns())
        .compose(_ -> targets.find(known(taken.turns()), now))
        .compose(ready -> targets.findBusy(connection, ready, now))
        .compose(ready -> decide(ready, now))
        .compose(ready -> send.run(connection, ready, now))
        .compose(sent -> note(connection, taken, sent));
  }

  // A plan without a schedule looks no more
  private static List<Turn> known(List<Turn> turns) {
    return turns.stream().filter(turn -> turn.loaded != null).toList();
  }

  private Future<List<Turn>> decide(List<Turn> turns, Instant now) {
    return turns.size() <= FEW
        ? Future.succeededFuture(decided(turns, now))
        : vertx.executeBlocking(() -> decided(turns, now), false).map(Objects::requireNonNull);
  }

  private static List<Turn> decided(List<Turn> turns, Instant now) {
    for (Turn turn : turns) {
      Loaded loaded = turn.loaded;
      if (loaded != null) {
        turn.decide(now, loaded);
      }
    }
    return turns;
  }

  private Future<Done> note(
      SqlConnection connection, PlanTable.Taken taken, OccurrenceSend.Sent sent) {
    postpone(sent.refused(), taken.now());
    List<History.Line> lines = new ArrayList<>();
    taken
        .turns()
        .forEach(
            turn -> turn.entries().forEach(it -> lines.add(new History.Line(turn.schedule, it))));
    return History.write(connection, lines)
        .compose(_ -> History.forget(connection, taken.turns()))
        .compose(_ -> plans.moveOn(connection, taken.turns()))
        .map(new Done(taken, sent.afterCommit()));
  }

  private void postpone(Set<Turn> refused, Instant now) {
    for (Turn turn : refused) {
      Queue target = turn.target;
      if (target != null) {
        targets.forget(target);
        turn.postpone(now, "The queue '" + target.name() + "' was deleted just now.");
      }
    }
  }

  private void tell(PlanTable.Taken taken) {
    Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
    for (Turn turn : taken.turns()) {
      turn.entries().forEach(entry -> outcomes.merge(entry.outcome(), 1, Integer::sum));
      for (Occurrence occurrence : turn.fire()) {
        Duration lag = Duration.between(occurrence.due(), taken.now());
        if (lag.compareTo(io.posthaste.scheduling.Planner.GRACE) < 0) {
          events.fired(lag);
        }
      }
    }
    outcomes.forEach(events::occurred);
  }
}
