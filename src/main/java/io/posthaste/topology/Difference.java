package io.posthaste.topology;

import java.util.List;

/**
 * What applying a definition changes.
 *
 * @param fields those that change; empty when the thing is made, or stays
 */
public record Difference(Reference thing, Action action, List<String> fields) {
  /** What happens to the thing. */
  public enum Action {
    CREATE,
    CHANGE,
    /**
     * It is declared, and may be there already, which then changes nothing: nobody can look at it.
     */
    DECLARE,
    NONE
  }

  public Difference {
    fields = List.copyOf(fields);
  }

  static Difference of(Definition definition, Action action) {
    return new Difference(definition.reference(), action, List.of());
  }

  /** Of something that is there. */
  static Difference inFields(Definition definition, List<String> fields) {
    return new Difference(
        definition.reference(), fields.isEmpty() ? Action.NONE : Action.CHANGE, fields);
  }
}
