package io.posthaste.firing;

import io.posthaste.message.MessageId;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.scheduling.Planner;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Where occurrences go, and whether they can go there now. A broker that does not answer at once
 * counts as away for a while, so that it costs others next to nothing.
 */
final class Targets {
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final Duration TRUSTED = Duration.ofSeconds(1);
  private static final Duration AWAY = Duration.ofSeconds(5);

  private final Supplier<Queues> queues;
  private final Supplier<Providers> providers;
  private final LocalMessages local;
  private final Map<String, Reach> reaches = new ConcurrentHashMap<>();

  private record Reach(boolean reachable, long until) {}

  Targets(Supplier<Queues> queues, Supplier<Providers> providers, LocalMessages local) {
    this.queues = queues;
    this.providers = providers;
    this.local = local;
  }

  /** Gives each turn its queue, or else postpones it; answers those that may go on. */
  Future<List<Turn>> find(List<Turn> turns, Instant now) {
    Set<String> names = new HashSet<>();
    turns.forEach(turn -> names.add(loaded(turn).definition().target().value()));
    return Future.fromCompletionStage(
        queues
            .get()
            .byName(names)
            .flatMap(known -> reachable(known).map(reach -> assign(turns, now, known, reach)))
            .subscribeAsCompletionStage());
  }

  private static Loaded loaded(Turn turn) {
    Loaded loaded = turn.loaded;
    if (loaded == null) {
      throw new IllegalStateException("no schedule " + turn.schedule);
    }
    return loaded;
  }

  private List<Turn> assign(
      List<Turn> turns, Instant now, Map<String, Queue> known, Map<String, Boolean> reach) {
    List<Turn> ready = new ArrayList<>();
    for (Turn turn : turns) {
      String name = loaded(turn).definition().target().value();
      Queue queue = known.get(name);
      int size = loaded(turn).size();
      if (queue == null) {
        turn.postpone(now, "There is no queue '" + name + "'.");
      } else if (!reach.getOrDefault(queue.provider(), false)) {
        turn.postpone(now, "The provider " + queue.provider() + " cannot be reached.");
      } else if (size > queue.policy().maxMessageSize()) {
        turn.postpone(now, "The payload is larger than the queue '" + name + "' takes.");
      } else {
        turn.target = queue;
        ready.add(turn);
      }
    }
    return ready;
  }

  /** A queue that is known no longer as it was is looked up again. */
  void forget(Queue queue) {
    queues.get().forget(queue.name());
  }

  private Uni<Map<String, Boolean>> reachable(Map<String, Queue> known) {
    Map<String, Boolean> reach = new HashMap<>();
    reach.put(local.provider(), true);
    List<Uni<Boolean>> asked = new ArrayList<>();
    for (Queue queue : known.values()) {
      if (reach.putIfAbsent(queue.provider(), false) == null) {
        asked.add(
            reachable(queue.provider())
                .invoke(reachable -> reach.put(queue.provider(), reachable)));
      }
    }
    return asked.isEmpty()
        ? Uni.createFrom().item(reach)
        : Uni.join().all(asked).andFailFast().map(_ -> reach);
  }

  private Uni<Boolean> reachable(String provider) {
    Reach reach = reaches.get(provider);
    if (reach != null && System.nanoTime() - reach.until() < 0) {
      return Uni.createFrom().item(reach.reachable());
    }
    // One that is turned off throws
    return Uni.createFrom()
        .deferred(
            () ->
                providers
                    .get()
                    .find(provider)
                    .map(QueueProvider::reachable)
                    .orElseGet(() -> Uni.createFrom().item(false)))
        .ifNoItem()
        .after(PATIENCE)
        .recoverWithItem(false)
        .onFailure()
        .recoverWithItem(false)
        .invoke(reachable -> remember(provider, reachable));
  }

  private void remember(String provider, boolean reachable) {
    Duration trusted = reachable ? TRUSTED : AWAY;
    reaches.put(provider, new Reach(reachable, System.nanoTime() + trusted.toNanos()));
  }

  /** Finds out whose previous message is not settled, where that matters; postpones who cannot. */
  Future<List<Turn>> findBusy(SqlConnection connection, List<Turn> turns, Instant now) {
    Map<UUID, Turn> here = new HashMap<>();
    List<Turn> elsewhere = new ArrayList<>();
    for (Turn turn : turns) {
      MessageId previous = turn.before().previous();
      if (previous != null && Planner.minds(loaded(turn).definition())) {
        if (queue(turn).provider().equals(local.provider())) {
          here.put(previous.value(), turn);
        } else {
          elsewhere.add(turn);
        }
      }
    }
    Future<?> found =
        here.isEmpty()
            ? Future.succeededFuture()
            : local
                .unsettled(connection, here.keySet())
                .onSuccess(unsettled -> here.forEach((id, t) -> t.busy = unsettled.contains(id)));
    return found
        .compose(_ -> askElsewhere(elsewhere, now))
        .map(
            failed -> {
              List<Turn> ready = new ArrayList<>(turns);
              ready.removeAll(failed);
              return ready;
            });
  }

  private static Queue queue(Turn turn) {
    Queue queue = turn.target;
    if (queue == null) {
      throw new IllegalStateException("no target of schedule " + turn.schedule);
    }
    return queue;
  }

  private Future<List<Turn>> askElsewhere(List<Turn> turns, Instant now) {
    if (turns.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    List<Uni<Optional<Turn>>> asked = turns.stream().map(turn -> ask(turn, now)).toList();
    return Future.fromCompletionStage(
        Uni.join()
            .all(asked)
            .andFailFast()
            .map(failed -> failed.stream().flatMap(Optional::stream).toList())
            .subscribeAsCompletionStage());
  }

  /** The turn, if its broker did not say. */
  private Uni<Optional<Turn>> ask(Turn turn, Instant now) {
    Queue queue = queue(turn);
    MessageId previous = turn.before().previous();
    if (previous == null) {
      return Uni.createFrom().item(Optional.empty());
    }
    return Uni.createFrom()
        .deferred(() -> providers.get().of(queue).find(queue, previous))
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .map(
            found -> {
              turn.busy = found.isPresent();
              return Optional.<Turn>empty();
            })
        .onFailure()
        .recoverWithItem(
            _ -> {
              remember(queue.provider(), false);
              turn.postpone(now, "The provider " + queue.provider() + " did not answer.");
              return Optional.of(turn);
            });
  }
}
