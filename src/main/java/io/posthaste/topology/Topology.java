package io.posthaste.topology;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.List;

/**
 * What a document defines, each thing behind those that it needs.
 *
 * <p>Two documents applied at the same time do not mix up a single thing; which of them wins is
 * open.
 */
public record Topology(List<Definition> definitions) {

  public Topology {
    definitions = List.copyOf(definitions);
  }

  /** How all of it differs from what is there, in the order of the document. */
  public Uni<List<Difference>> compare() {
    return Multi.createFrom()
        .iterable(definitions)
        .onItem()
        .transformToUniAndConcatenate(Definition::compare)
        .collect()
        .asList();
  }

  /** Makes all of it so, and says what changed. Nothing is changed when anything is refused. */
  public Uni<List<Difference>> apply() {
    return compare().call(this::make);
  }

  private Uni<Void> make(List<Difference> differences) {
    return Multi.createFrom()
        .range(0, differences.size())
        .filter(i -> differences.get(i).isOne())
        .onItem()
        .transformToUniAndConcatenate(i -> definitions.get(i).apply())
        .collect()
        .asList()
        .replaceWithVoid();
  }
}
