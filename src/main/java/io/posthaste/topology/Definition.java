package io.posthaste.topology;

import io.smallrye.mutiny.Uni;

/** One thing that a document wants to be there. */
public interface Definition {
  /**
   * How it differs from what is there; changes nothing. Fails when it cannot be made so, in the
   * words of whoever defines such things.
   */
  Uni<Difference> compare();

  /** Makes it so; what is so already stays untouched. */
  Uni<Void> apply();
}
