package io.posthaste.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.posthaste.broker.Link;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.wire.HeaderFrame;
import io.posthaste.wire.WireNames;
import io.posthaste.wire.WireWriter;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Puts messages into {@code posthaste.rejected}: those that wait are published together, and are
 * there when the broker has confirmed all of them.
 *
 * <p>Weakness: if one of them fails, all that were published with it are published again.
 */
final class RejectedLine implements Link.Listener {
  private static final String PROVIDER = "rabbitmq";
  private static final int MOST = 256;
  private static final long PATIENCE_MILLIS = 5_000;
  private static final int ABORT_MILLIS = 1_000;

  private final Link link;
  private final Executor threads;
  private final Queue<Pending> pending = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile @Nullable Channel open;
  private volatile boolean returned;

  private record Pending(Rejection rejection, CompletableFuture<Void> confirmed) {}

  RejectedLine(Link link, Executor threads) {
    this.link = link;
    this.threads = threads;
    link.listen(this);
  }

  @Override
  public void connected(Connection connection) throws IOException {
    Channel channel = link.open(connection);
    IntakeTopology.declare(channel);
    channel.confirmSelect();
    channel.addReturnListener(_ -> returned = true);
    open = channel;
  }

  @Override
  public void lost() {
    open = null;
  }

  /** Completes once the broker has it safe; fails with {@link ProviderUnavailable} otherwise. */
  Uni<Void> put(Rejection rejection) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<Void> confirmed = new CompletableFuture<>();
              pending.add(new Pending(rejection, confirmed));
              if (waiting.getAndIncrement() == 0) {
                threads.execute(this::publish);
              }
              return confirmed;
            });
  }

  private void publish() {
    int done;
    do {
      List<Pending> batch = new ArrayList<>();
      for (Pending next = pending.poll(); next != null; next = pending.poll()) {
        batch.add(next);
        if (batch.size() == MOST) {
          break;
        }
      }
      publish(batch);
      done = batch.size();
    } while (waiting.addAndGet(-done) > 0);
  }

  private void publish(List<Pending> batch) {
    Channel channel = open;
    if (channel == null) {
      fail(batch, new ProviderUnavailable(PROVIDER, null));
      return;
    }
    try {
      returned = false;
      for (Pending next : batch) {
        publish(channel, next.rejection());
      }
      if (!channel.waitForConfirms(PATIENCE_MILLIS) || returned) {
        throw new ProviderUnavailable(PROVIDER, null);
      }
      batch.forEach(it -> it.confirmed().complete(null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(batch, e);
    } catch (IOException | TimeoutException | RuntimeException e) {
      // Perhaps somebody has deleted the queue: with a new connection all is declared anew
      channel.getConnection().abort(ABORT_MILLIS);
      fail(batch, e);
    }
  }

  private static void fail(List<Pending> batch, Exception cause) {
    ProviderUnavailable failure =
        cause instanceof ProviderUnavailable known
            ? known
            : new ProviderUnavailable(PROVIDER, cause);
    batch.forEach(it -> it.confirmed().completeExceptionally(failure));
  }

  private static void publish(Channel channel, Rejection rejection) throws IOException {
    BasicProperties whole = properties(rejection, headers(rejection.arrival()));
    // With ours, its headers may be more than AMQP carries
    BasicProperties fitting =
        HeaderFrame.holds(channel.getConnection().getFrameMax(), whole)
            ? whole
            : properties(rejection, new HashMap<>());
    channel.basicPublish("", IntakeTopology.REJECTED, true, fitting, rejection.arrival().body());
  }

  private static BasicProperties properties(Rejection rejection, Map<String, Object> headers) {
    Arrival arrival = rejection.arrival();
    BasicProperties before = arrival.properties();
    headers.put(WireNames.REASON, rejection.why().type().code());
    headers.put(WireNames.DETAIL, rejection.why().detail());
    headers.put(WireNames.ROUTING_KEY, arrival.routingKey());
    if (before.getExpiration() != null) {
      headers.put(WireNames.EXPIRATION, before.getExpiration());
    }
    return before
        .builder()
        .headers(headers)
        .deliveryMode(WireWriter.PERSISTENT)
        // It would be gone before anybody has looked at it
        .expiration(null)
        // The broker takes no other user's name than that of the connection
        .userId(null)
        .build();
  }

  /** Its own, but for those by which the broker would route it once more. */
  private static Map<String, Object> headers(Arrival arrival) {
    Map<String, Object> headers = new HashMap<>();
    if (arrival.properties().getHeaders() != null) {
      headers.putAll(arrival.properties().getHeaders());
    }
    headers.remove(WireNames.CC);
    headers.remove(WireNames.BCC);
    headers.remove(WireNames.DELIVERY_COUNT);
    headers.remove(WireNames.DEATH);
    return headers;
  }
}
