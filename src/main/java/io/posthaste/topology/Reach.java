package io.posthaste.topology;

import io.posthaste.topology.Difference.Action;
import io.posthaste.topology.Topology.Progress;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** How far one application of a document gets while brokers are away; one step after the other. */
final class Reach {
  private final Topology topology;
  private final Predicate<Throwable> away;
  private final List<Definition> waiting = new ArrayList<>();
  private final Set<Reference> missing = new HashSet<>();
  private final Map<Reference, Difference> differences = new HashMap<>();
  private Optional<DefinitionRefused> why = Optional.empty();
  private boolean brokerUnseen;

  Reach(Topology topology, Predicate<Throwable> away) {
    this.topology = topology;
    this.away = away;
  }

  Uni<Progress> apply() {
    return each(this::compare).flatMap(_ -> each(this::make)).map(_ -> progress());
  }

  private Uni<Void> each(Function<Definition, Uni<Void>> step) {
    return Multi.createFrom()
        .iterable(topology.definitions())
        .onItem()
        .transformToUniAndConcatenate(it -> step.apply(it).replaceWith(true))
        .collect()
        .asList()
        .replaceWithVoid();
  }

  private Uni<Void> compare(Definition definition) {
    return unlessAway(
        definition,
        topology
            .compare(definition)
            .invoke(difference -> differences.put(definition.reference(), difference)));
  }

  private Uni<Void> make(Definition definition) {
    Difference difference = differences.get(definition.reference());
    return difference == null || difference.action() == Action.NONE
        ? Uni.createFrom().voidItem()
        : unlessAway(definition, Topology.make(definition));
  }

  private Uni<Void> unlessAway(Definition definition, Uni<?> step) {
    if (waits(definition)) {
      postpone(definition);
      return Uni.createFrom().voidItem();
    }
    return step.replaceWithVoid()
        .onFailure(this::isAway)
        .recoverWithItem(
            failure -> {
              remember((DefinitionRefused) failure, definition);
              return null;
            });
  }

  private boolean waits(Definition definition) {
    return brokerUnseen && definition.reference().kind().isAtBroker()
        || definition.needs().stream().anyMatch(missing::contains);
  }

  private boolean isAway(Throwable failure) {
    return failure instanceof DefinitionRefused refused && away.test(refused.why());
  }

  private void remember(DefinitionRefused refused, Definition definition) {
    why = why.or(() -> Optional.of(refused));
    // Each further look at a broker that is away would take its time
    brokerUnseen |= definition.reference().kind().isAtBroker();
    postpone(definition);
  }

  private void postpone(Definition definition) {
    waiting.add(definition);
    missing.add(definition.reference());
    differences.remove(definition.reference());
  }

  private Progress progress() {
    return new Progress(
        topology.definitions().stream()
            .map(definition -> differences.get(definition.reference()))
            .filter(Objects::nonNull)
            .toList(),
        new Topology(waiting),
        why);
  }
}
