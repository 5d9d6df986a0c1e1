package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ReturnListener;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.broker.Broker;
import io.posthaste.broker.BrokerRefusal;
import io.posthaste.broker.Link;
import io.posthaste.broker.RabbitUrl;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.wire.WireWriter;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The broker as its operator sees it, over a connection of its own: what an operator gets wrong may
 * cost that connection, and must not cost a lease.
 */
final class RabbitBroker implements Broker, AutoCloseable {
  private static final Duration RECONNECT = Duration.ofSeconds(2);
  private static final int NOT_FOUND = 404;

  private final Way managing;
  private final Way publishing;
  private final Threads threads;

  RabbitBroker(RabbitUrl url, Threads threads) {
    this.managing = new Way(new Link("posthaste-manage", url, threads.virtual()));
    // A full broker stops reading from connections that publish; there must be another to purge by
    this.publishing = new Way(new Link("posthaste-manage-publish", url, threads.virtual()));
    this.threads = threads;
  }

  /** A connection that is made when it is first wanted. */
  private static final class Way {
    final Link link;
    private final Errands errands;
    private final AtomicBoolean started = new AtomicBoolean();

    Way(Link link) {
      this.link = link;
      this.errands = new Errands(link);
    }

    void start() {
      if (started.compareAndSet(false, true)) {
        link.start();
      }
    }

    <T> T run(Errands.Errand<T> errand) throws IOException {
      start();
      // Somebody's mistake may just have cost the connection
      link.connection(RECONNECT);
      return errands.run(errand);
    }
  }

  /** Connects, once; the first to ask for something does so, too. */
  void start() {
    managing.start();
  }

  private <T> Uni<T> run(Errands.Errand<T> errand) {
    return run(managing, errand);
  }

  private <T> Uni<T> run(Way way, Errands.Errand<T> errand) {
    return threads.call(
        () -> {
          try {
            return way.run(errand);
          } catch (IOException | ShutdownSignalException e) {
            throw told(e);
          }
        });
  }

  private static Exception told(Exception failure) {
    return switch (Closing.reason(failure)) {
      case AMQP.Channel.Close close -> refusal(close.getReplyCode(), close.getReplyText());
      case AMQP.Connection.Close close -> refusal(close.getReplyCode(), close.getReplyText());
      case null, default -> failure;
    };
  }

  private static BrokerRefusal refusal(int code, String text) {
    return new BrokerRefusal(
        code == NOT_FOUND ? BrokerRefusal.Kind.NOT_FOUND : BrokerRefusal.Kind.CONFLICT, text);
  }

  @Override
  public Uni<QueueState> declare(QueueDefinition queue) {
    return run(
        channel ->
            state(
                channel.queueDeclare(
                    queue.name(), queue.durable(), false, queue.autoDelete(), queue.arguments())));
  }

  private static QueueState state(AMQP.Queue.DeclareOk queue) {
    return new QueueState(queue.getQueue(), queue.getMessageCount(), queue.getConsumerCount());
  }

  @Override
  public Uni<Optional<QueueState>> find(String queue) {
    return run(channel -> Optional.of(state(channel.queueDeclarePassive(queue))))
        .onFailure(RabbitBroker::isMissing)
        .recoverWithItem(Optional.empty());
  }

  private static boolean isMissing(Throwable failure) {
    return failure instanceof BrokerRefusal refusal
        && refusal.kind() == BrokerRefusal.Kind.NOT_FOUND;
  }

  @Override
  public Uni<Long> purge(String queue) {
    return run(channel -> (long) channel.queuePurge(queue).getMessageCount());
  }

  @Override
  public Uni<Void> declare(ExchangeDefinition exchange) {
    return run(channel -> declare(channel, exchange)).replaceWithVoid();
  }

  private static boolean declare(Channel channel, ExchangeDefinition exchange) throws IOException {
    channel.exchangeDeclare(
        exchange.name(),
        exchange.type(),
        exchange.durable(),
        exchange.autoDelete(),
        exchange.internal(),
        exchange.arguments());
    return true;
  }

  // To declare what is there only compares it. Known weakness: an exchange that somebody deletes
  // between the two words is made again
  @Override
  public Uni<Boolean> check(ExchangeDefinition exchange) {
    return ifThere(
        channel -> {
          channel.exchangeDeclarePassive(exchange.name());
          return declare(channel, exchange);
        });
  }

  @Override
  public Uni<Boolean> hasExchange(String name) {
    return ifThere(
        channel -> {
          channel.exchangeDeclarePassive(name);
          return true;
        });
  }

  private Uni<Boolean> ifThere(Errands.Errand<Boolean> look) {
    return run(look).onFailure(RabbitBroker::isMissing).recoverWithItem(false);
  }

  @Override
  public Uni<Void> bind(Binding binding) {
    return run(channel ->
            channel.queueBind(
                binding.queue(), binding.exchange(), binding.routingKey(), binding.arguments()))
        .replaceWithVoid();
  }

  @Override
  public Uni<Void> unbind(Binding binding) {
    return run(channel ->
            channel.queueUnbind(
                binding.queue(), binding.exchange(), binding.routingKey(), binding.arguments()))
        .replaceWithVoid();
  }

  @Override
  public Uni<Published> publish(Publication message) {
    return publishing.link.isBlocked()
        ? Uni.createFrom()
            .failure(
                new ProviderUnavailable(
                    RabbitQueueProvider.NAME,
                    "takes no messages: the broker's memory or disk is full",
                    null))
        : run(publishing, channel -> publish(channel, message));
  }

  // The broker returns a message before it confirms it
  private static Published publish(Channel channel, Publication message) throws IOException {
    AtomicBoolean returned = new AtomicBoolean();
    ReturnListener listener = (_, _, _, _, _, _) -> returned.set(true);
    channel.addReturnListener(listener);
    try {
      channel.confirmSelect();
      channel.basicPublish(
          message.exchange(), message.routingKey(), true, properties(message), message.body());
      boolean confirmed = channel.waitForConfirms(Publisher.PATIENCE.toMillis());
      return new Published(!returned.get(), confirmed);
    } catch (TimeoutException e) {
      throw new OutcomeUnknown(RabbitQueueProvider.NAME, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknown(RabbitQueueProvider.NAME, e);
    } finally {
      channel.removeReturnListener(listener);
    }
  }

  private static BasicProperties properties(Publication message) {
    Map<String, Object> headers = new HashMap<>(message.headers());
    return new BasicProperties.Builder()
        .messageId(UUID.randomUUID().toString())
        .deliveryMode(WireWriter.PERSISTENT)
        .contentType(message.contentType())
        .headers(headers)
        .build();
  }

  @Override
  public void close() {
    managing.link.close();
    publishing.link.close();
  }
}
