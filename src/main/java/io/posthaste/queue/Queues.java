package io.posthaste.queue;

import io.posthaste.message.InvalidField;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The queues that are defined. Reads are served from memory, see {@link KnownQueues}. */
@ApplicationScoped
public class Queues {
  private final QueueStore store;
  private final Providers providers;
  private final KnownQueues known;

  public Queues(QueueStore store, Providers providers) {
    this.store = store;
    this.providers = providers;
    this.known = new KnownQueues(store);
  }

  /** The queue of that name, or else fails with {@link QueueNotFound}. */
  public Uni<Queue> get(QueueName name) {
    return known.get(name);
  }

  /** Forgets what is known of a queue, because a store has said that it has changed. */
  public void forget(QueueName name) {
    known.forget(name);
  }

  /** Those of the given ids that are defined. */
  public Uni<Map<Integer, Queue>> byId(Collection<Integer> ids) {
    return known.byId(ids);
  }

  /**
   * Whether a queue is still defined, as the store has it: here word of its end may be on its way.
   */
  public Uni<Boolean> isDefined(Queue queue) {
    return store.findAll(List.of(queue.id())).map(found -> !found.isEmpty());
  }

  /** Those of the given names that are defined. */
  public Uni<Map<String, Queue>> byName(Collection<String> names) {
    List<Uni<Optional<Queue>>> all = new ArrayList<>();
    for (String name : names) {
      all.add(
          Uni.createFrom()
              .deferred(() -> get(new QueueName(name)))
              .map(Optional::of)
              // A dead letter's queue may be gone, and its name none that is allowed now
              .onFailure(Queues::isMissing)
              .recoverWithItem(Optional.empty()));
    }
    if (all.isEmpty()) {
      return Uni.createFrom().item(Map.of());
    }
    return Uni.join()
        .all(all)
        .andFailFast()
        .map(
            found -> {
              Map<String, Queue> queues = new HashMap<>();
              found.forEach(queue -> queue.ifPresent(it -> queues.put(it.name().value(), it)));
              return queues;
            });
  }

  private static boolean isMissing(Throwable failure) {
    return failure instanceof QueueNotFound || failure instanceof InvalidField;
  }

  public Uni<List<Queue>> list(Optional<QueueName> after, int limit) {
    return store.list(after, limit);
  }

  /**
   * Defines a queue, or changes it to exactly the given policy. Fails with {@link
   * ProviderDisabled}.
   */
  public Uni<Defined> define(QueueName name, String provider, QueuePolicy policy) {
    return Uni.createFrom()
        .deferred(() -> planNow(name, provider, policy))
        .flatMap(
            plan ->
                switch (plan) {
                  case Plan.Create() ->
                      cleared(name, provider)
                          .flatMap(
                              _ ->
                                  prepared(
                                      name,
                                      provider,
                                      policy,
                                      () -> create(name, provider, policy)));
                  case Plan.Change(var queue) ->
                      prepared(name, provider, policy, () -> update(queue, policy));
                  case Plan.Refuse(var why) -> Uni.createFrom().item(why);
                })
        .invoke(() -> forget(name));
  }

  // What is left of a queue of that name must not become part of the new one
  private Uni<Void> cleared(QueueName name, String provider) {
    return store
        .claimLeft(provider, Optional.of(name))
        .flatMap(
            left -> {
              if (left.byOthers()) {
                throw new ProviderUnavailable(
                    provider, "is still removing a queue of that name", null);
              }
              return left.claimed().map(this::drop).orElseGet(() -> Uni.createFrom().voidItem());
            });
  }

  /** Drops a queue of a provider whose removal was cut short; whether there may be more. */
  public Uni<Boolean> dropLeft(String provider) {
    return store
        .claimLeft(provider, Optional.empty())
        .flatMap(
            left ->
                left.claimed()
                    .map(queue -> drop(queue).replaceWith(true))
                    .orElseGet(() -> Uni.createFrom().item(false)));
  }

  private Uni<Void> drop(Queue queue) {
    return Uni.createFrom()
        .deferred(() -> providers.of(queue).drop(queue))
        .flatMap(_ -> store.dropped(queue));
  }

  // The broker first: a queue that is defined is one that the broker can hold
  private Uni<Defined> prepared(
      QueueName name, String provider, QueuePolicy policy, Supplier<Uni<Defined>> then) {
    return broker(provider)
        .prepare(name, policy)
        .flatMap(
            preparation ->
                switch (preparation) {
                  case Preparation.Ready() -> then.get();
                  case Preparation.Incompatible(var reason) ->
                      Uni.createFrom().item(new Defined.Incompatible(name, reason));
                });
  }

  /** What {@link #define} would do now; changes nothing. */
  public Uni<Plan> plan(QueueName name, String provider, QueuePolicy policy) {
    return Uni.createFrom()
        .deferred(() -> planNow(name, provider, policy))
        .flatMap(
            plan ->
                changesNothing(plan, policy)
                    ? Uni.createFrom().item(plan)
                    : examined(plan, name, provider, policy));
  }

  // Then the broker need not be asked, which may be away
  private static boolean changesNothing(Plan plan, QueuePolicy policy) {
    return switch (plan) {
      case Plan.Create() -> false;
      case Plan.Change(var queue) -> queue.policy().equals(policy);
      case Plan.Refuse _ -> true;
    };
  }

  private Uni<Plan> examined(Plan plan, QueueName name, String provider, QueuePolicy policy) {
    return broker(provider)
        .examine(name, policy)
        .map(
            preparation ->
                switch (preparation) {
                  case Preparation.Ready() -> plan;
                  case Preparation.Incompatible(var reason) ->
                      new Plan.Refuse(new Defined.Incompatible(name, reason));
                });
  }

  private QueueProvider broker(String provider) {
    return providers.find(provider).orElseThrow(() -> new ProviderUnavailable(provider, null));
  }

  private Uni<Plan> planNow(QueueName name, String provider, QueuePolicy policy) {
    return providers.known().stream().noneMatch(it -> it.name().equals(provider))
        ? refuse(new Defined.UnknownProvider(provider))
        : store.find(name).flatMap(found -> planFor(found, provider, policy));
  }

  // The queue first: one that stays with its provider is no reason to turn on another
  private Uni<Plan> planFor(Optional<Queue> found, String provider, QueuePolicy policy) {
    Optional<Queue> elsewhere = found.filter(queue -> !queue.provider().equals(provider));
    if (elsewhere.isPresent()) {
      return refuse(new Defined.ProviderFixed(elsewhere.get()));
    }
    QueueProvider broker = broker(provider);
    if (policy.ordering() == Ordering.GROUP && !broker.capabilities().contains(Capability.GROUPS)) {
      return refuse(new Defined.Unsupported(provider, Capability.GROUPS));
    }
    return found.isEmpty()
        ? Uni.createFrom().item(new Plan.Create())
        : planChange(found.get(), broker, policy);
  }

  private static Uni<Plan> planChange(Queue queue, QueueProvider broker, QueuePolicy policy) {
    if (queue.policy().ordering() == policy.ordering()) {
      return Uni.createFrom().item(new Plan.Change(queue));
    }
    return broker
        .stats(queue)
        .map(
            stats ->
                stats.inQueue() > 0
                    ? new Plan.Refuse(new Defined.OrderingFixed(queue, stats.inQueue()))
                    : new Plan.Change(queue));
  }

  private static Uni<Plan> refuse(Defined.Refusal why) {
    return Uni.createFrom().item(new Plan.Refuse(why));
  }

  private Uni<Defined> create(QueueName name, String provider, QueuePolicy policy) {
    return store
        .insert(name, provider, policy)
        .flatMap(
            created ->
                created.isPresent()
                    ? Uni.createFrom().item(new Defined.Created(created.get()))
                    // Somebody else was faster: then this is a change
                    : define(name, provider, policy));
  }

  private Uni<Defined> update(Queue queue, QueuePolicy policy) {
    return store
        .update(queue, policy)
        .flatMap(
            changed ->
                changed.isPresent()
                    ? Uni.createFrom().item(new Defined.Changed(changed.get()))
                    : define(queue.name(), queue.provider(), policy));
  }

  /** Removes a queue; one that holds messages only when told to. */
  public Uni<Removed> remove(QueueName name, Removal removal) {
    return store
        .find(name)
        .flatMap(
            found ->
                found.isEmpty()
                    ? Uni.createFrom().failure(new QueueNotFound(name))
                    : remove(found.get(), removal));
  }

  private Uni<Removed> remove(Queue queue, Removal removal) {
    QueueProvider provider = providers.of(queue);
    return provider
        .stats(queue)
        .flatMap(
            stats -> {
              if (removal == Removal.ONLY_EMPTY && stats.inQueue() > 0) {
                return Uni.createFrom().item(new Removed.NotEmpty(stats.inQueue()));
              }
              return removal == Removal.WITH_MESSAGES
                  ? delete(queue, removal)
                  : provider
                      .closeIfEmpty(queue)
                      .flatMap(closed -> closed ? delete(queue, removal) : notEmpty(queue));
            });
  }

  // Something came since the provider was asked
  private Uni<Removed> notEmpty(Queue queue) {
    return providers
        .of(queue)
        .stats(queue)
        .map(stats -> new Removed.NotEmpty(Math.max(1, stats.inQueue())));
  }

  private Uni<Removed> delete(Queue queue, Removal removal) {
    return store
        .delete(queue, removal)
        .invoke(() -> forget(queue.name()))
        .flatMap(
            deletion ->
                switch (deletion) {
                  case DELETED -> drop(queue).replaceWith(new Removed.Gone());
                  // Somebody else drops it
                  case MISSING -> Uni.createFrom().item(new Removed.Gone());
                  case NOT_EMPTY -> notEmpty(queue);
                });
  }

  /** What a definition is going to do. */
  public sealed interface Plan {
    record Create() implements Plan {}

    record Change(Queue queue) implements Plan {}

    record Refuse(Defined.Refusal why) implements Plan {}
  }

  /** Whether messages may go with their queue. */
  public enum Removal {
    ONLY_EMPTY,
    WITH_MESSAGES
  }

  /** What a definition led to. */
  public sealed interface Defined {
    record Created(Queue queue) implements Defined {}

    record Changed(Queue queue) implements Defined {}

    /** Nothing was changed. */
    sealed interface Refusal extends Defined {}

    record UnknownProvider(String provider) implements Refusal {}

    record Unsupported(String provider, Capability capability) implements Refusal {}

    /** A queue stays with the provider that it was made with. */
    record ProviderFixed(Queue queue) implements Refusal {}

    /** The broker has something else of that name. */
    record Incompatible(QueueName name, String reason) implements Refusal {}

    /** The ordering of messages that are there already cannot be changed. */
    record OrderingFixed(Queue queue, long messages) implements Refusal {}
  }

  /** What a removal led to. */
  public sealed interface Removed {
    record Gone() implements Removed {}

    record NotEmpty(long messages) implements Removed {}
  }
}
