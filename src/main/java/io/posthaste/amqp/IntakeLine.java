package io.posthaste.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.broker.Link;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.io.IOException;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Receives from {@code posthaste.intake}, over one connection after the other: whatever ends the
 * consumer, be it the broker, a node, or an operator who deletes the queue, all is declared anew.
 *
 * <p>The stream never ends. Its buffer is bounded by the prefetch, for unacked messages are all
 * that the broker hands out.
 */
final class IntakeLine implements Link.Listener {
  private static final Logger LOG = Logger.getLogger(IntakeLine.class);

  private final Link link;
  private final Executor threads;
  private final int prefetch;
  private volatile @Nullable MultiEmitter<? super Arrival> emitter;
  private volatile @Nullable Channel open;
  private volatile String tag = "";
  private volatile boolean stopped;

  IntakeLine(Link link, Executor threads, int prefetch) {
    this.link = link;
    this.threads = threads;
    this.prefetch = prefetch;
    link.listen(this);
  }

  /** What arrives from now on; for one subscriber. */
  Multi<Arrival> arrivals() {
    return Multi.createFrom().emitter(taker -> emitter = taker);
  }

  boolean isUp() {
    Channel channel = open;
    return channel != null && channel.isOpen();
  }

  @Override
  public void connected(Connection connection) throws IOException {
    Channel channel = link.open(connection);
    IntakeTopology.declare(channel);
    channel.basicQos(prefetch);
    if (!stopped) {
      tag = channel.basicConsume(IntakeTopology.INTAKE, false, new Taking(channel));
    }
    open = channel;
    LOG.infof("intake open queue=%s prefetch=%d", IntakeTopology.INTAKE, prefetch);
  }

  @Override
  public void lost() {
    open = null;
  }

  /** Takes nothing more; what was taken can still be acked. */
  void stop() {
    stopped = true;
    Channel channel = open;
    if (channel == null || !channel.isOpen()) {
      return;
    }
    try {
      channel.basicCancel(tag);
    } catch (IOException | RuntimeException e) {
      LOG.debugf("intake not cancelled cause=%s", e);
    }
  }

  /** The consumer of one channel. */
  private final class Taking extends DefaultConsumer {
    private final AckLine acks;

    Taking(Channel channel) {
      super(channel);
      acks = new AckLine(channel, threads);
    }

    @Override
    public void handleDelivery(
        String consumer, Envelope envelope, BasicProperties properties, byte[] body) {
      MultiEmitter<? super Arrival> taker = emitter;
      if (taker != null && !stopped) {
        taker.emit(
            new Arrival(
                acks, envelope.getDeliveryTag(), envelope.getRoutingKey(), properties, body));
      }
    }

    @Override
    public void handleCancel(String consumer) {
      LOG.warnf("intake cancelled by the broker queue=%s", IntakeTopology.INTAKE);
      again();
    }

    @Override
    public void handleShutdownSignal(String consumer, ShutdownSignalException signal) {
      if (!signal.isHardError() && !signal.isInitiatedByApplication()) {
        LOG.warnf("intake closed by the broker cause=%s", signal.getReason());
        again();
      }
    }

    // Not a channel alone: a new connection may find a node that still has the queue
    private void again() {
      Connection connection = getChannel().getConnection();
      threads.execute(() -> connection.abort(1_000));
    }
  }
}
