package io.posthaste.topology;

import java.util.List;

/**
 * What applying a definition changes.
 *
 * @param kind for example {@code queue}
 * @param fields those that change; empty when the thing is made, or stays
 */
public record Difference(String kind, String name, Action action, List<String> fields) {
  /** What happens to the thing. */
  public enum Action {
    CREATE,
    CHANGE,
    NONE
  }

  public boolean isOne() {
    return action != Action.NONE;
  }
}
