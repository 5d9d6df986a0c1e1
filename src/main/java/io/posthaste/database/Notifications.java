package io.posthaste.database;

import io.posthaste.message.UuidV7;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Word between replicas, over PostgreSQL's LISTEN and NOTIFY. Best effort: a word may be lost while
 * a connection is down, and then everyone who listens is told that anything may have happened.
 *
 * <p>Own words are not heard; who sends them knows already.
 */
@ApplicationScoped
public class Notifications {
  private static final Logger LOG = Logger.getLogger(Notifications.class);
  private static final String CHANNEL = "posthaste";
  private static final Duration RECONNECT = Duration.ofSeconds(1);

  /** Lets TCP find out that a connection is dead, which nothing but words would pass over. */
  private static final Duration TALK_EVERY = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Pool pool;
  private final String self =
      new UuidV7(InstantSource.system(), ThreadLocalRandom.current()).next().toString();
  private final Map<String, List<BiConsumer<String, String>>> listeners = new ConcurrentHashMap<>();
  private final List<Runnable> onLoss = new CopyOnWriteArrayList<>();
  private volatile @Nullable SqlConnection connection;
  private volatile boolean stopped;

  Notifications(Vertx vertx, Pool pool) {
    this.vertx = vertx;
    this.pool = pool;
  }

  /** Hears every word on a topic from other replicas, behind the name of who says it. */
  public void listen(String topic, BiConsumer<String, String> listener) {
    listeners.computeIfAbsent(topic, _ -> new CopyOnWriteArrayList<>()).add(listener);
  }

  /** Is called when words may have been lost. */
  public void onLoss(Runnable listener) {
    onLoss.add(listener);
  }

  /** Says a word of at most 7,900 bytes. Callers throttle: each costs a lock on all commits. */
  public void say(String topic, String word) {
    pool.preparedQuery("SELECT pg_notify($1, $2)")
        .execute(Tuple.of(CHANNEL, self + " " + topic + " " + word))
        .onFailure(failure -> LOG.debugf("notify failed topic=%s cause=%s", topic, failure));
  }

  void begin(@Observes StartupEvent event, Migration migration) {
    migration.completion().subscribe().with(_ -> start());
  }

  void end(@Observes ShutdownEvent event) {
    stop();
  }

  /** Connects now, and again whenever the connection is lost. */
  void start() {
    if (stopped) {
      return;
    }
    pool.getConnection()
        .onFailure(_ -> reconnect())
        .onSuccess(open -> listen(PgConnection.cast(open)));
  }

  private void listen(PgConnection listening) {
    listening.notificationHandler(word -> hear(word.getPayload()));
    long talk =
        vertx.setPeriodic(TALK_EVERY.toMillis(), _ -> listening.query("SELECT 1").execute());
    listening.closeHandler(
        _ -> {
          vertx.cancelTimer(talk);
          reconnect();
        });
    listening
        .query("LISTEN " + CHANNEL)
        .execute()
        .onSuccess(
            _ -> {
              connection = listening;
              new ArrayList<>(onLoss).forEach(Runnable::run);
            })
        .onFailure(
            failure -> {
              LOG.warnf("cannot hear the other replicas cause=%s", failure);
              // Of a standby, for example: the next connection may lead to another server
              listening.close();
            });
  }

  private void reconnect() {
    if (!stopped) {
      connection = null;
      vertx.setTimer(RECONNECT.toMillis(), _ -> start());
    }
  }

  void stop() {
    stopped = true;
    SqlConnection open = connection;
    if (open != null) {
      open.close();
    }
  }

  private void hear(String payload) {
    String[] parts = payload.split(" ", 3);
    if (parts.length == 3 && !parts[0].equals(self)) {
      listeners
          .getOrDefault(parts[1], List.of())
          .forEach(listener -> listener.accept(parts[0], parts[2]));
    }
  }
}
