package io.posthaste.provider.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One connection that is kept up. While there is none, commands fail at once; commands on the way
 * when it breaks fail as unknown. A server that stays silent for {@link #SILENCE} counts as gone,
 * so that nobody waits for it longer.
 */
final class RedisLink {
  private static final Logger LOG = Logger.getLogger(RedisLink.class);

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration BEAT = Duration.ofMillis(500);
  private static final Duration SILENCE = Duration.ofMillis(2500);
  private static final long FIRST_PAUSE = 50;
  private static final long LONGEST_PAUSE = 2000;

  /** Commands under way at once; beyond, they are refused. */
  private static final int MOST_WAITING = 8192;

  private final Vertx vertx;
  private final RedisUrl url;
  private final String name;
  private final Consumer<RedisConnection> connected;
  private final Runnable disconnected;
  private volatile @Nullable Line line;
  private volatile boolean stopped;
  private volatile long lastHeard;
  private final AtomicLong connects = new AtomicLong();
  private int failures;

  /** A connection and the client that was made for it alone, so that closing it closes both. */
  private record Line(Redis client, RedisConnection connection) {}

  /**
   * @param name what it is for, in logs
   * @param connected is told of each new connection before anybody else may use it
   * @param disconnected is told when there is none any more
   */
  RedisLink(
      Vertx vertx,
      RedisUrl url,
      String name,
      Consumer<RedisConnection> connected,
      Runnable disconnected) {
    this.vertx = vertx;
    this.url = url;
    this.name = name;
    this.connected = connected;
    this.disconnected = disconnected;
  }

  void start() {
    connect();
    vertx.setPeriodic(BEAT.toMillis(), this::beat);
  }

  void stop() {
    stopped = true;
    Line current = line;
    line = null;
    if (current != null) {
      current.client().close();
    }
  }

  /**
   * The server has said something. For who listens to what it says by itself: the client forgets a
   * command whose answer such a word overtakes, so that answers alone do not tell.
   */
  void heard() {
    lastHeard = System.nanoTime();
  }

  boolean isUp() {
    return line != null;
  }

  /** How often a connection was made again after a loss. */
  long reconnects() {
    return Math.max(0, connects.get() - 1);
  }

  /** The answer is null for a nil alone, which no script and hardly a command answers. */
  @SuppressWarnings("NullAway") // or else every answer would have to be asked whether it is a nil
  Future<Response> send(Request request) {
    Line current = line;
    if (current == null) {
      return Future.failedFuture(RedisFailure.unavailable(null));
    }
    return current
        .connection()
        .send(request)
        .onFailure(
            failure -> {
              if (RedisFailure.wantsNewConnection(failure)) {
                lost(current, failure);
              }
            });
  }

  private void connect() {
    if (stopped) {
      return;
    }
    Redis client = Redis.createClient(vertx, options());
    // The client bounds the wait for TCP only, not that for the server's first words
    client
        .connect()
        .timeout(SILENCE.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(connection -> use(new Line(client, connection)))
        .onFailure(
            failure -> {
              client.close();
              again(failure);
            });
  }

  private RedisOptions options() {
    RedisOptions options = url.options();
    options.setMaxWaitingHandlers(MOST_WAITING).setMaxPoolSize(16).setPoolRecycleTimeout(-1);
    options.setPoolCleanerInterval(-1);
    NetClientOptions net =
        new NetClientOptions(options.getNetClientOptions())
            .setConnectTimeout((int) CONNECT.toMillis())
            .setTcpKeepAlive(true)
            .setTcpNoDelay(true);
    url.secure(net);
    return options.setNetClientOptions(net);
  }

  private void use(Line fresh) {
    if (stopped) {
      fresh.client().close();
      return;
    }
    fresh.connection().exceptionHandler(failure -> lost(fresh, failure));
    fresh.connection().endHandler(_ -> lost(fresh, null));
    connected.accept(fresh.connection());
    failures = 0;
    heard();
    line = fresh;
    connects.incrementAndGet();
    LOG.infof("redis connected link=%s server=%s", name, url);
  }

  private void again(Throwable failure) {
    if (stopped) {
      return;
    }
    if (failures == 0) {
      LOG.warnf("redis not reachable link=%s server=%s cause=%s", name, url, failure);
    }
    failures++;
    long pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE << Math.min(failures, 10));
    long jittered = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
    vertx.setTimer(Math.max(1, jittered), _ -> connect());
  }

  private void lost(Line broken, @Nullable Throwable cause) {
    if (line != broken) {
      return;
    }
    line = null;
    if (!stopped) {
      LOG.warnf("redis connection lost link=%s server=%s cause=%s", name, url, cause);
      broken.client().close();
      disconnected.run();
      connect();
    }
  }

  private void beat(long timer) {
    if (stopped) {
      vertx.cancelTimer(timer);
      return;
    }
    Line current = line;
    if (current == null) {
      return;
    }
    if (System.nanoTime() - lastHeard > SILENCE.toNanos()) {
      lost(current, new TimeoutException("the server is silent"));
      return;
    }
    current
        .connection()
        .send(Request.cmd(Command.PING))
        .onSuccess(_ -> heard())
        .onFailure(failure -> lost(current, failure));
  }
}
