package io.posthaste.topology;

import io.posthaste.message.InvalidField;
import io.posthaste.topology.Difference.Action;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a document defines, each thing behind those that it needs.
 *
 * <p>Two documents applied at the same time do not mix up a single thing; which of them wins is
 * open.
 */
public final class Topology {
  private final List<Definition> definitions;
  private final Map<Reference, Definition> byReference = new HashMap<>();

  /**
   * @throws InvalidField if two are the same thing
   */
  public Topology(List<Definition> definitions) {
    this.definitions =
        definitions.stream()
            .sorted(Comparator.comparing(definition -> definition.reference().kind()))
            .toList();
    for (Definition definition : this.definitions) {
      if (byReference.put(definition.reference(), definition) != null) {
        throw new InvalidField(definition.path(), "stands there twice");
      }
    }
  }

  /** What the document says of a thing, if it does. */
  <D extends Definition> Optional<D> find(Class<D> type, Reference reference) {
    return Optional.ofNullable(byReference.get(reference)).map(type::cast);
  }

  boolean defines(Reference reference) {
    return byReference.containsKey(reference);
  }

  /**
   * How all of it differs from what is there, in the order in which it is applied. Fails with
   * {@link DefinitionRefused} when anything cannot be made so.
   */
  public Uni<List<Difference>> compare() {
    return Multi.createFrom()
        .iterable(definitions)
        .onItem()
        .transformToUniAndConcatenate(this::compare)
        .collect()
        .asList();
  }

  Uni<Difference> compare(Definition definition) {
    return placed(definition, Uni.createFrom().deferred(() -> definition.compare(this)));
  }

  private static <T> Uni<T> placed(Definition definition, Uni<T> step) {
    return step.onFailure().transform(failure -> new DefinitionRefused(definition.path(), failure));
  }

  /** Makes all of it so, and says what changed. Nothing is changed when anything is refused. */
  public Uni<List<Difference>> apply() {
    return compare().call(this::make);
  }

  private Uni<Void> make(List<Difference> differences) {
    return Multi.createFrom()
        .range(0, differences.size())
        .filter(i -> differences.get(i).action() != Action.NONE)
        .onItem()
        .transformToUniAndConcatenate(i -> make(definitions.get(i)))
        .collect()
        .asList()
        .replaceWithVoid();
  }

  static Uni<Boolean> make(Definition definition) {
    return placed(definition, Uni.createFrom().deferred(definition::apply)).replaceWith(true);
  }

  /**
   * What came of applying what can be applied.
   *
   * @param differences of what was applied
   * @param waiting what waits, with all that needs it
   * @param why what it waits for; empty when nothing does
   */
  public record Progress(
      List<Difference> differences, Topology waiting, Optional<DefinitionRefused> why) {}

  /**
   * Applies what it can where brokers are away, and leaves the rest waiting.
   *
   * @param away whether a failure means that a broker is; any other failure is one as ever
   */
  public Uni<Progress> applyReachable(Predicate<Throwable> away) {
    return new Reach(this, away).apply();
  }

  /** In the order in which they are applied. */
  List<Definition> definitions() {
    return definitions;
  }

  /** How many things there are. */
  public int size() {
    return definitions.size();
  }

  /** Where they stand in the document. */
  public List<String> paths() {
    return definitions.stream().map(Definition::path).toList();
  }
}
