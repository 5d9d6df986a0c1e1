package io.posthaste.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Address;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.queue.ProviderUnavailable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One named connection to the cluster, made again whenever it is lost: at once, then after pauses
 * that double up to {@link #LONGEST_PAUSE}, spread by chance so that replicas do not come together.
 *
 * <p>A new connection knows nothing of the old one: channels, unacked deliveries and consumers are
 * gone with it, and who relied on them hears so.
 */
public final class Link implements AutoCloseable {
  /** The name under which the broker's absence is reported. */
  private static final String PROVIDER = "rabbitmq";

  private static final Logger LOG = Logger.getLogger(Link.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private static final Duration LOOK = Duration.ofMillis(10);

  /** What RabbitMQ offers by default. */
  private static final int FRAME_MAX = 131_072;

  private final String name;
  private final ConnectionFactory factory;
  private final RabbitUrl url;
  private final ExecutorService threads;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final CountDownLatch firstTry = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicLong connects = new AtomicLong();
  private final AtomicInteger channels = new AtomicInteger();
  private volatile @Nullable Connection open;
  private volatile @Nullable Throwable lastFailure;
  private volatile boolean blocked;
  private volatile int frameMax = FRAME_MAX;

  /** Hears of each connection; may block. */
  public interface Listener {
    /** A connection is there; one that cannot be used after all is thrown away. */
    void connected(Connection connection) throws IOException;

    void lost();
  }

  /**
   * Connects to nothing before {@link #start}.
   *
   * @param name by which the broker's operators know the connection
   * @param threads where the client's blocking calls and callbacks run: virtual ones
   */
  public Link(String name, RabbitUrl url, ExecutorService threads) {
    this.name = name;
    this.url = url;
    this.threads = threads;
    this.factory = factory(url, threads);
  }

  private static ConnectionFactory factory(RabbitUrl url, ExecutorService threads) {
    ConnectionFactory factory = Gathering.connections();
    factory.setUsername(url.user());
    factory.setPassword(url.password());
    factory.setVirtualHost(url.virtualHost());
    factory.setAutomaticRecoveryEnabled(false);
    factory.setConnectionTimeout(2_000);
    factory.setHandshakeTimeout(3_000);
    factory.setChannelRpcTimeout(4_000);
    factory.setShutdownTimeout(1_000);
    factory.setRequestedHeartbeat(5);
    factory.setSharedExecutor(threads);
    if (url.tls()) {
      factory.useSslProtocol(url.trust());
      factory.enableHostnameVerification();
    }
    return factory;
  }

  /** To be called before {@link #start}. */
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  public void start() {
    threads.execute(this::keep);
  }

  /** Waits until there is a connection, or has been a first failure, so long at most. */
  public void awaitFirstTry(Duration patience) throws InterruptedException {
    firstTry.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  public boolean isUp() {
    return open != null;
  }

  /** The broker takes no messages at the moment: its memory or its disk is full. */
  public boolean isBlocked() {
    return blocked;
  }

  public int channels() {
    return channels.get();
  }

  /** How large a frame may be, in bytes, as negotiated last; 0 for no limit. */
  public int frameMax() {
    return frameMax;
  }

  /**
   * A new channel.
   *
   * @throws ProviderUnavailable if there is no connection, or its channels are used up
   */
  public Channel open() throws IOException {
    return open(connection());
  }

  /** The same while a listener is told of the connection. */
  public Channel open(Connection connection) throws IOException {
    Channel channel = connection.createChannel();
    if (channel == null) {
      throw new ProviderUnavailable(PROVIDER, new IOException("no channel is left on " + name));
    }
    channels.incrementAndGet();
    channel.addShutdownListener(_ -> channels.decrementAndGet());
    return channel;
  }

  /**
   * Closes a channel of which nothing more is expected, without waiting: a broker that is in
   * trouble may take its time.
   */
  public void discard(Channel channel) {
    threads.execute(
        () -> {
          try {
            channel.abort();
          } catch (IOException _) {
            // It is of no use either way
          }
        });
  }

  /** Gives up a connection by which nothing is answered any more; another one takes its place. */
  public void leave() {
    Connection connection = open;
    if (connection != null && connection.isOpen()) {
      LOG.warnf("connection given up link=%s cause=nothing is answered", name);
      threads.execute(() -> connection.abort(1_000));
    }
  }

  /** How often a connection was made. */
  public long connects() {
    return connects.get();
  }

  /**
   * The connection.
   *
   * @throws ProviderUnavailable if there is none at the moment
   */
  public Connection connection() {
    Connection connection = open;
    if (connection == null || !connection.isOpen()) {
      throw new ProviderUnavailable(PROVIDER, lastFailure);
    }
    return connection;
  }

  /** The same, waiting so long for one that is being made. Blocking. */
  public Connection connection(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (open == null && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return connection();
  }

  private void keep() {
    Duration pause = FIRST_PAUSE;
    while (stopped.getCount() > 0) {
      CountDownLatch lost = new CountDownLatch(1);
      try {
        connect(lost);
        long since = System.nanoTime();
        firstTry.countDown();
        lost.await();
        closed();
        // One that is lost again at once, because of what is done on it, must not spin
        if (System.nanoTime() - since > LONGEST_PAUSE.toNanos()) {
          pause = FIRST_PAUSE;
        }
      } catch (IOException | TimeoutException | RuntimeException e) {
        failed(e);
      } catch (InterruptedException e) {
        return;
      }
      try {
        stopped.await(spread(pause).toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        return;
      }
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
  }

  private void connect(CountDownLatch lost) throws IOException, TimeoutException {
    List<Address> nodes = new ArrayList<>(url.addresses());
    Collections.shuffle(nodes, ThreadLocalRandom.current());
    Connection connection = factory.newConnection(nodes, name);
    connection.addShutdownListener(_ -> lost.countDown());
    connection.addBlockedListener(
        reason -> {
          LOG.warnf("broker blocked link=%s reason=%s", name, reason);
          blocked = true;
        },
        () -> {
          LOG.infof("broker unblocked link=%s", name);
          blocked = false;
        });
    try {
      for (Listener listener : listeners) {
        listener.connected(connection);
      }
    } catch (IOException | RuntimeException e) {
      connection.abort();
      throw e;
    }
    blocked = false;
    frameMax = connection.getFrameMax();
    open = connection;
    connects.incrementAndGet();
    LOG.infof(
        "connected link=%s node=%s:%d",
        name, connection.getAddress().getHostAddress(), connection.getPort());
  }

  private void failed(Exception failure) {
    if (firstTry.getCount() > 0 || lastFailure == null) {
      LOG.warnf("cannot connect link=%s to=%s cause=%s", name, url, sentence(failure));
    }
    lastFailure = failure;
    firstTry.countDown();
  }

  /** What an operator can do something about; anything else in the client's own words. */
  private static String sentence(Exception failure) {
    if (failure instanceof AuthenticationFailureException) {
      return "the broker refuses the user or its password";
    }
    if (failure instanceof SSLException) {
      return "the broker's certificate is not for this host, or nobody who is trusted vouches for"
          + " it: "
          + failure.getMessage();
    }
    AMQP.Connection.@Nullable Close close = closeOf(failure);
    return close != null && close.getReplyCode() == AMQP.NOT_ALLOWED
        ? "the broker refuses the virtual host: " + close.getReplyText()
        : failure.toString();
  }

  private static AMQP.Connection.@Nullable Close closeOf(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ShutdownSignalException signal
          && signal.getReason() instanceof AMQP.Connection.Close close) {
        return close;
      }
    }
    return null;
  }

  private void closed() {
    Connection gone = open;
    open = null;
    blocked = false;
    lastFailure = gone == null ? null : gone.getCloseReason();
    if (stopped.getCount() > 0) {
      LOG.warnf("connection lost link=%s cause=%s", name, lastFailure);
    }
    listeners.forEach(Listener::lost);
  }

  private static Duration spread(Duration pause) {
    return Duration.ofNanos(
        (long) (pause.toNanos() * (0.5 + ThreadLocalRandom.current().nextDouble())));
  }

  @Override
  public void close() {
    stopped.countDown();
    Connection connection = open;
    if (connection != null) {
      connection.abort(1_000);
    }
  }
}
