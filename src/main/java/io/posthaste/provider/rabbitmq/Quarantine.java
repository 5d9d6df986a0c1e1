package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.broker.Link;
import io.posthaste.broker.RabbitUrl;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.QueueName;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Queues whose state at the broker is broken. RabbitMQ answers who reads from one by closing the
 * whole connection, and with it go the leases of all other queues. So nobody here reads from such a
 * queue again before it has answered on a connection of its own.
 */
final class Quarantine implements Link.Listener {
  private static final Logger LOG = Logger.getLogger(Quarantine.class);
  private static final int INTERNAL_ERROR = 541;

  /** It names the queue like this: {@code queue 'queue 'orders' in vhost '/''}. */
  private static final Pattern QUEUE = Pattern.compile("queue '(?:queue ')?([^' ]+)'");

  private static final Duration BETWEEN_TRIES = Duration.ofSeconds(5);
  private static final Duration CONNECT = Duration.ofSeconds(3);

  private final RabbitUrl url;
  private final Threads threads;

  /** When each was tried last. */
  private final Map<String, Long> held = new ConcurrentHashMap<>();

  Quarantine(RabbitUrl url, Threads threads) {
    this.url = url;
    this.threads = threads;
  }

  @Override
  public void connected(Connection connection) {
    connection.addShutdownListener(this::closed);
  }

  @Override
  public void lost() {}

  private void closed(ShutdownSignalException cause) {
    if (Closing.reason(cause) instanceof AMQP.Connection.Close close
        && close.getReplyCode() == INTERNAL_ERROR) {
      Matcher queue = QUEUE.matcher(close.getReplyText());
      if (queue.find() && held.put(queue.group(1), System.nanoTime()) == null) {
        LOG.warnf("queue broken at the broker queue=%s reply=%s", queue.group(1), close);
      }
    }
  }

  /**
   * Lets nobody read from a broken queue.
   *
   * @throws ProviderUnavailable if the queue is one, as far as is known
   */
  void check(QueueName queue) {
    Long tried = held.get(queue.value());
    if (tried == null) {
      return;
    }
    long now = System.nanoTime();
    if (now - tried > BETWEEN_TRIES.toNanos() && held.replace(queue.value(), tried, now)) {
      threads.virtual().execute(() -> tryOut(queue.value()));
    }
    throw new ProviderUnavailable(
        RabbitQueueProvider.NAME, "cannot read from this queue, whose members have failed", null);
  }

  /** A queue that is gone is not broken, nor is another one of its name. */
  void forget(QueueName queue) {
    held.remove(queue.value());
  }

  private void tryOut(String queue) {
    try (Link apart = new Link("posthaste-try", url, threads.virtual())) {
      apart.start();
      // What it gives goes back with the connection
      apart.open(apart.connection(CONNECT)).basicGet(queue, false);
      release(queue);
    } catch (IOException | RuntimeException e) {
      if (Closing.isNotFound(e)) {
        release(queue);
      }
    }
  }

  private void release(String queue) {
    held.remove(queue);
    LOG.infof("queue answers again queue=%s", queue);
  }
}
