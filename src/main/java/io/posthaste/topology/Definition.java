package io.posthaste.topology;

import io.smallrye.mutiny.Uni;
import java.util.Set;

/** One thing that a document wants to be there. */
public interface Definition {
  Reference reference();

  /** Where it stands in its document; problems are told by it. */
  default String path() {
    return reference().kind().section() + "." + reference().name();
  }

  /** What must be there before it. What the document does not define is looked for elsewhere. */
  default Set<Reference> needs() {
    return Set.of();
  }

  /**
   * How it differs from what is there; changes nothing. Fails when it cannot be made so, in the
   * words of whoever defines such things.
   *
   * @param document what is going to be there as well
   */
  Uni<Difference> compare(Topology document);

  /** Makes it so; what is so already stays untouched. */
  Uni<Void> apply();
}
