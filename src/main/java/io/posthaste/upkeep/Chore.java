package io.posthaste.upkeep;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Work that is never done.
 *
 * @param every how long to wait after a step that left nothing to do
 * @param share work that takes long is done more seldom: at most one part in so many of the time
 * @param step does a bounded piece; answers whether there may be more at once
 */
public record Chore(String name, Duration every, int share, Supplier<Future<Boolean>> step) {
  /** For what somebody waits for. */
  public static final int URGENT = 2;

  /** For what nobody notices. */
  public static final int SELDOM = 200;
}
