package io.posthaste.provider.postgres;

import io.posthaste.database.LastByte;
import io.vertx.core.Future;
import io.vertx.core.impl.ContextInternal;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Hands over what one event loop writes, see {@link Handovers}. Everything happens on that event
 * loop, but for {@link #isOpen}.
 *
 * <p>A connection carries one confirmation at a time. PostgreSQL reads one that lies in its socket
 * also when the sender is dead; of two, answering the first may fail, and the second is never read.
 * What comes at once, or while all connections are taken, shares a confirmation.
 */
final class HandoverDesk {
  /** One can be used while the other's answer travels; the more there are, the less is shared. */
  static final int CONNECTIONS = 2;

  private static final Logger LOG = Logger.getLogger(HandoverDesk.class);

  /** The more share a confirmation, the later the last of them is written behind it. */
  static final int MOST_TOGETHER = 8;

  private static final Duration RECONNECT = Duration.ofSeconds(1);
  private static final long LOOK_EVERY_MILLIS = 200;

  static final String CONFIRM =
      "UPDATE lease SET confirm_by = NULL WHERE id = ANY ($1::uuid[]) AND confirm_by IS NOT NULL";

  /** The server must neither wait for its disk here, nor look whether the sender still lives. */
  private static final String SETTINGS =
      """
      SELECT set_config(name, new, false)
      FROM (VALUES ('synchronous_commit', 'off'), ('client_connection_check_interval', '0'))
        AS wanted(name, new)
      JOIN pg_settings USING (name)
      """;

  private final ContextInternal context;
  private final Supplier<Future<SqlConnection>> connect;
  private final Surroundings surroundings;
  private final Set<SqlConnection> connections = new HashSet<>();
  private final Set<Line> usable = new HashSet<>();
  private final Deque<Line> free = new ArrayDeque<>();
  private final Deque<Parting> waiting = new ArrayDeque<>();
  private boolean called;
  private boolean looking;
  private volatile int open;

  /** A connection and its statement. */
  private record Line(SqlConnection connection, PreparedStatement statement, LastByte lastByte) {}

  /** Who has other ways to confirm. */
  interface Surroundings {
    boolean stopped();

    void opened();

    /** No connection is left to confirm these on. */
    void stranded(Parting parting);

    /** These have left, and their confirmation may not have arrived. */
    void unheard(Tuple leases);
  }

  HandoverDesk(
      ContextInternal context, Supplier<Future<SqlConnection>> connect, Surroundings surroundings) {
    this.context = context;
    this.connect = connect;
    this.surroundings = surroundings;
  }

  void start() {
    for (int i = 0; i < CONNECTIONS; i++) {
      open();
    }
  }

  boolean isOpen() {
    return open > 0;
  }

  boolean isComplete() {
    return open == CONNECTIONS;
  }

  void handOver(Parting parting) {
    waiting.add(parting);
    if (!called) {
      called = true;
      // Receivers are answered in bursts: behind those that are on their way already
      context.runOnContext(_ -> serveAll());
    }
  }

  private void serveAll() {
    called = false;
    serve();
    if (!waiting.isEmpty()) {
      lookLater();
    }
  }

  private void serve() {
    while (!free.isEmpty() && !waiting.isEmpty()) {
      List<Parting> next = next();
      if (!next.isEmpty()) {
        confirm(free.pop(), next);
      }
    }
    while (usable.isEmpty() && !waiting.isEmpty()) {
      surroundings.stranded(waiting.remove());
    }
  }

  private List<Parting> next() {
    int size = Math.min(MOST_TOGETHER, Math.ceilDiv(waiting.size(), free.size()));
    List<Parting> next = new ArrayList<>(size);
    while (!waiting.isEmpty() && next.size() < size) {
      Parting parting = waiting.remove();
      if (parting.recipient().gone()) {
        parting.end();
      } else if (parting.prepare()) {
        next.add(parting);
      }
    }
    return next;
  }

  private void confirm(Line line, List<Parting> partings) {
    Tuple leases = leases(partings);
    line.lastByte().withhold();
    Future<?> answer = ask(line, leases);
    // In between is the moment in which a kill leaves messages to their lease: nothing else here
    line.lastByte().release();
    partings.forEach(Parting::send);
    line.lastByte().push();
    partings.forEach(Parting::end);
    answer
        .onSuccess(_ -> release(line))
        .onFailure(
            failure -> {
              LOG.debugf("handover not confirmed at once cause=%s", failure);
              surroundings.unheard(leases);
              lose(line.connection());
            });
  }

  private Future<?> ask(Line line, Tuple leases) {
    // Elsewhere than in its own context the driver puts it off, behind the responses
    ContextInternal before = context.beginDispatch();
    try {
      return line.statement().query().execute(leases);
    } catch (RuntimeException e) {
      // The responses lie ready, and must go
      return Future.failedFuture(e);
    } finally {
      context.endDispatch(before);
    }
  }

  private static Tuple leases(List<Parting> partings) {
    Set<UUID> leases = new HashSet<>();
    partings.forEach(parting -> leases.addAll(parting.leases()));
    return Tuple.of(leases.toArray(UUID[]::new));
  }

  private void release(Line line) {
    if (usable.contains(line)) {
      free.push(line);
      serve();
    }
  }

  private void lookLater() {
    if (!looking) {
      looking = true;
      context.setTimer(LOOK_EVERY_MILLIS, _ -> giveUpOverdue());
    }
  }

  private void giveUpOverdue() {
    looking = false;
    long now = System.nanoTime();
    while (!waiting.isEmpty() && waiting.element().overdue(now)) {
      waiting.remove().refuse(new TimeoutException("handover"));
    }
    if (!waiting.isEmpty()) {
      lookLater();
    }
  }

  private void open() {
    if (!surroundings.stopped()) {
      connect.get().onSuccess(this::prepare).onFailure(_ -> openLater());
    }
  }

  private void openLater() {
    context.setTimer(RECONNECT.toMillis(), _ -> open());
  }

  private void prepare(SqlConnection connection) {
    connections.add(connection);
    connection.closeHandler(_ -> forget(connection));
    connection
        .query(SETTINGS)
        .execute()
        .compose(_ -> connection.prepare(CONFIRM))
        .onSuccess(statement -> opened(new Line(connection, statement, LastByte.of(connection))))
        .onFailure(
            failure -> {
              LOG.debugf("no connection for handovers cause=%s", failure);
              lose(connection);
            });
  }

  private void opened(Line line) {
    if (connections.contains(line.connection())) {
      usable.add(line);
      open = usable.size();
      surroundings.opened();
      release(line);
    }
  }

  private void lose(SqlConnection connection) {
    forget(connection);
    connection.close();
  }

  private void forget(SqlConnection connection) {
    if (connections.remove(connection)) {
      usable.removeIf(line -> line.connection() == connection);
      free.removeIf(line -> line.connection() == connection);
      open = usable.size();
      openLater();
      serve();
    }
  }
}
