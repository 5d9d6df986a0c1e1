package io.posthaste.store;

import io.vertx.core.impl.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets what one turn of an event loop brings go on together, at the turn's end: a loop that finds
 * requests on ten sockets gives one piece of work instead of ten. Nothing waits for a later turn,
 * and what does not come from an event loop goes on at once.
 *
 * @param <T> what is gathered
 */
public final class Turn<T> {
  private final Consumer<List<T>> end;
  private final ThreadLocal<@Nullable List<T>> gathered = new ThreadLocal<>();

  /**
   * @param end takes all that was gathered, in its order; must not block
   */
  public Turn(Consumer<List<T>> end) {
    this.end = end;
  }

  public void add(T item) {
    ContextInternal loop = ContextInternal.current();
    if (loop == null || !loop.isEventLoopContext() || !loop.inThread()) {
      end.accept(List.of(item));
      return;
    }
    List<T> soFar = gathered.get();
    if (soFar == null) {
      soFar = new ArrayList<>();
      gathered.set(soFar);
      loop.runOnContext(_ -> end());
    }
    soFar.add(item);
  }

  private void end() {
    List<T> all = gathered.get();
    gathered.remove();
    if (all != null) {
      end.accept(all);
    }
  }
}
