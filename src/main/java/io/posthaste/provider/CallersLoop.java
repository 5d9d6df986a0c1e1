package io.posthaste.provider;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.Executor;

/** Brings an answer to the event loop of whoever asked, by whichever thread the broker gave it. */
public final class CallersLoop {
  private CallersLoop() {}

  /** The same answer, on the event loop that subscribes, if it is one. */
  public static <T> Uni<T> answering(Uni<T> uni) {
    return Uni.createFrom()
        .deferred(
            () -> {
              Context context = Vertx.currentContext();
              Executor caller =
                  context == null ? Runnable::run : task -> context.runOnContext(_ -> task.run());
              return uni.emitOn(caller);
            });
  }
}
