package io.posthaste.database;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Hangs up on connections whose answers no longer arrive, so that a network that swallowed them
 * holds up neither their callers nor the pool for good.
 *
 * <p>A statement may rightly take long. So PostgreSQL is asked, on a connection of its own, whether
 * it is still at work on what is overdue: if it is not, question or answer was lost on the way. If
 * it does not reply at all, nothing that is overdue can be hoped for. Either way the connection is
 * closed without the farewell that would wait for an answer as well.
 */
final class LostConnections {
  private static final Logger LOG = Logger.getLogger(LostConnections.class);

  /** When a question is overdue; callers have been answered by then. */
  static final Duration OVERDUE = Duration.ofSeconds(3);

  /** How long PostgreSQL has for saying what it is at work on, a connection included. */
  private static final Duration REPLY = Duration.ofSeconds(2);

  private static final String PROCESS = "SELECT pg_backend_pid()";

  private static final String AT_WORK =
      "SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND state = 'active'";

  private final Vertx vertx;
  private final PgConnectOptions options;
  private final Duration overdueAfter;
  private final Set<Conversation> conversations = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean asking = new AtomicBoolean();

  LostConnections(Vertx vertx, PgConnectOptions options, Duration overdueAfter) {
    this.vertx = vertx;
    this.options = options;
    this.overdueAfter = overdueAfter;
  }

  /** To be called with each new connection of a pool, before anybody has it. */
  void watch(SqlConnection connection) {
    // Hands it to the pool; one that failed is closed already
    introduce(connection).onComplete(_ -> connection.close());
  }

  /** To be called with each new connection that belongs to no pool, before anybody has it. */
  Future<?> introduce(SqlConnection connection) {
    Conversation conversation = Conversation.on(connection, conversations::remove);
    conversations.add(conversation);
    return connection
        .query(PROCESS)
        .execute()
        .onSuccess(rows -> conversation.process(rows.iterator().next().getInteger(0)))
        .onFailure(failure -> LOG.debugf("no process of a new connection cause=%s", failure));
  }

  /** To be called about once a second. */
  void look() {
    Map<Conversation, Long> overdue =
        conversations.stream()
            .filter(conversation -> conversation.unansweredFor(overdueAfter))
            .collect(Collectors.toMap(conversation -> conversation, Conversation::lastWord));
    if (overdue.isEmpty() || !asking.compareAndSet(false, true)) {
      return;
    }
    atWork(overdue.keySet())
        .timeout(REPLY.toMillis(), TimeUnit.MILLISECONDS)
        .recover(LostConnections::none)
        .onSuccess(working -> hangUp(overdue, working))
        // It replies, if only that it takes no connection now: nothing is known to be lost
        .onFailure(failure -> LOG.debugf("overdue statements not looked at cause=%s", failure))
        .onComplete(_ -> asking.set(false));
  }

  private Future<Set<Integer>> atWork(Set<Conversation> overdue) {
    Integer[] processes = overdue.stream().map(Conversation::process).toArray(Integer[]::new);
    return PgConnection.connect(vertx, options)
        .compose(
            connection ->
                connection
                    .preparedQuery(AT_WORK)
                    .execute(Tuple.tuple().addValue(processes))
                    .map(
                        rows -> {
                          Set<Integer> working = new HashSet<>();
                          rows.forEach(row -> working.add(row.getInteger(0)));
                          return working;
                        })
                    .onComplete(_ -> connection.close()));
  }

  private static Future<Set<Integer>> none(Throwable failure) {
    return failure instanceof PgException
        ? Future.failedFuture(failure)
        : Future.succeededFuture(Set.of());
  }

  private void hangUp(Map<Conversation, Long> overdue, Set<Integer> working) {
    List<Conversation> lost =
        overdue.entrySet().stream()
            .filter(entry -> !working.contains(entry.getKey().process()))
            // An answer may have come since
            .filter(entry -> entry.getKey().lastWord() == entry.getValue())
            .map(Map.Entry::getKey)
            .toList();
    if (lost.isEmpty()) {
      return;
    }
    // What befell these may have befallen others that nobody has asked anything since
    List<Conversation> silent =
        conversations.stream().filter(other -> other.silentFor(overdueAfter)).toList();
    LOG.warnf(
        "Connections to the database no longer answer, closing them lost=%d silent=%d",
        lost.size(), silent.size());
    // They go first, so that whoever hears that his was lost is not given one of these
    silent.stream()
        .filter(other -> !other.unansweredFor(Duration.ZERO))
        .forEach(Conversation::hangUp);
    lost.forEach(Conversation::hangUp);
  }
}
