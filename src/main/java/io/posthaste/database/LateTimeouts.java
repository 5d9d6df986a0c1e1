package io.posthaste.database;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.util.Arrays;
import org.jboss.logging.Logger;

/**
 * Keeps a defect of the driver out of the log (vertx-sql-client 4.5.25, {@code
 * SqlConnectionPool.execute}): a statement that got no connection and has failed is failed again
 * when the time for getting one is over, as nobody has stopped the clock. The caller has his
 * answer, and the second one is refused with a stack trace, for each statement of an outage.
 */
final class LateTimeouts {
  private static final Logger LOG = Logger.getLogger(LateTimeouts.class);

  private LateTimeouts() {}

  /** From here on; all else that nobody catches goes where it has gone before. */
  static void quiet(Vertx vertx) {
    Handler<Throwable> others = ((VertxInternal) vertx).exceptionHandler();
    vertx.exceptionHandler(
        failure -> {
          if (isOne(failure)) {
            LOG.tracef("statement failed twice");
          } else if (others == null) {
            LOG.error("Uncaught exception", failure);
          } else {
            others.handle(failure);
          }
        });
  }

  private static boolean isOne(Throwable failure) {
    return failure instanceof IllegalStateException
        && "Result is already complete".equals(failure.getMessage())
        && Arrays.stream(failure.getStackTrace())
            .anyMatch(
                frame ->
                    frame.getClassName().equals("io.vertx.sqlclient.impl.pool.SqlConnectionPool")
                        && frame.getMethodName().contains("execute"));
  }
}
