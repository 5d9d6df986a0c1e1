package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.broker.Link;
import io.posthaste.message.InvalidField;
import io.posthaste.provider.rabbitmq.Burial.Corpse;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.Queues;
import io.posthaste.queue.SendOutcome;
import io.posthaste.wire.Carried;
import io.posthaste.wire.WireNames;
import io.posthaste.wire.WireReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Fetches what the broker gave up by itself, because its time was over, an AMQP client rejected it,
 * or it was delivered beyond the broker's limit, and buries it with all the others. Whose queue has
 * a longer retention by now goes back.
 *
 * <p>It goes on for as long as the connection lives: whatever ends the channel or its consumer, be
 * it the broker's timeout or an operator who deletes the queue, all is declared anew.
 */
final class DeadDrain implements Link.Listener {
  private static final Logger LOG = Logger.getLogger(DeadDrain.class);
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final int PREFETCH = 50;

  private final Link link;
  private final Topology topology;
  private final Threads threads;
  private final Burial burial;
  private final Delivering delivering;
  private final Supplier<Queues> queues;
  private final Supplier<Instant> clock;

  DeadDrain(
      Link link,
      Topology topology,
      Threads threads,
      Burial burial,
      Delivering delivering,
      Supplier<Queues> queues,
      Supplier<Instant> clock) {
    this.link = link;
    this.topology = topology;
    this.threads = threads;
    this.burial = burial;
    this.delivering = delivering;
    this.queues = queues;
    this.clock = clock;
  }

  @Override
  public void connected(Connection connection) throws IOException {
    Channel channel = link.open(connection);
    try {
      topology.declareOwn(channel);
      channel.basicQos(PREFETCH);
      channel.basicConsume(Topology.DEAD, false, new Draining(channel));
    } catch (IOException | RuntimeException e) {
      link.discard(channel);
      throw e;
    }
  }

  @Override
  public void lost() {}

  /** The consumer of one channel. */
  private final class Draining extends DefaultConsumer {
    Draining(Channel channel) {
      super(channel);
    }

    @Override
    public void handleDelivery(
        String tag, Envelope envelope, BasicProperties properties, byte[] body) {
      drain(Arrival.of(getChannel(), envelope, properties, body));
    }

    @Override
    public void handleCancel(String tag) {
      LOG.warnf("drain cancelled by the broker queue=%s", Topology.DEAD);
      link.discard(getChannel());
      again(getChannel().getConnection());
    }

    @Override
    public void handleShutdownSignal(String tag, ShutdownSignalException signal) {
      if (!signal.isHardError() && !signal.isInitiatedByApplication()) {
        LOG.warnf("drain closed by the broker cause=%s", signal.getReason());
        again(getChannel().getConnection());
      }
    }
  }

  // Not the connection, on which leases are held
  private void again(Connection connection) {
    later(
        () -> {
          if (connection.isOpen()) {
            try {
              connected(connection);
            } catch (IOException | RuntimeException e) {
              LOG.debugf("drain not opened cause=%s", e);
              again(connection);
            }
          }
        });
  }

  private void later(Runnable work) {
    threads
        .timer()
        .schedule(
            () -> threads.virtual().execute(work), TRY_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  // Until it is safe, or the broker has it back with the channel
  private void drain(Arrival arrival) {
    if (!arrival.isOpen()) {
      return;
    }
    try {
      drainNow(arrival);
    } catch (IOException | RuntimeException e) {
      LOG.debugf("dead letter not drained cause=%s", e);
      later(() -> drain(arrival));
    }
  }

  private void drainNow(Arrival arrival) throws IOException {
    Death death = Death.of(arrival.properties());
    Queue queue;
    try {
      queue = queues.get().get(new QueueName(death.queue())).await().atMost(PATIENCE);
    } catch (QueueNotFound | InvalidField e) {
      LOG.warnf("dead letter of an unknown queue dropped queue=%s", death.queue());
      arrival.ack();
      return;
    }
    bury(queue, arrival, death);
  }

  private void bury(Queue queue, Arrival arrival, Death death) throws IOException {
    Instant now = clock.get();
    switch (WireReader.read(death.queue(), arrival.properties(), arrival.body(), now)) {
      case WireReader.Read.Poison(var remains, var reason) ->
          burial.bury(queue, List.of(Corpse.poison(arrival, remains, reason)));
      case WireReader.Read.Good(var carried) -> {
        if (death.expired()
            && arrival.properties().getHeaders().containsKey(WireNames.ENQUEUED)
            && !carried.isOver(queue.policy(), now)) {
          goBack(queue, arrival, carried);
        } else {
          burial.bury(queue, List.of(death.corpse(arrival, carried)));
        }
      }
    }
  }

  private void goBack(Queue queue, Arrival arrival, Carried carried) throws IOException {
    List<SendOutcome> outcomes =
        delivering.deliver(queue, List.of(carried)).await().atMost(PATIENCE);
    switch (outcomes.getFirst()) {
      case SendOutcome.Stored _ -> arrival.ack();
      case SendOutcome.Refused(var reason) ->
          burial.bury(queue, List.of(Corpse.poison(arrival, carried, reason)));
      case SendOutcome other -> throw new IOException("not taken back: " + other);
    }
  }

  /** What the broker says of a death. */
  private record Death(String queue, String reason) {

    // The latest stands first
    static Death of(BasicProperties properties) {
      Map<String, Object> headers = properties.getHeaders();
      if (headers != null
          && headers.get(WireNames.DEATH) instanceof List<?> deaths
          && !deaths.isEmpty()
          && deaths.getFirst() instanceof Map<?, ?> latest) {
        return new Death(String.valueOf(latest.get("queue")), String.valueOf(latest.get("reason")));
      }
      return new Death("", "");
    }

    boolean expired() {
      return reason.equals("expired");
    }

    Corpse corpse(Arrival arrival, Carried carried) {
      return switch (reason) {
        case "expired" -> Corpse.expired(arrival, carried);
        case "rejected" ->
            new Corpse(
                arrival,
                carried.withFailed(carried.failed() + 1),
                DeadLetterClass.REJECTED_PERMANENTLY,
                "rejected by an AMQP client",
                null);
        default ->
            new Corpse(
                arrival,
                carried.withFailed(carried.failed() + Math.max(1, arrival.redeliveries())),
                DeadLetterClass.LEASE_EXPIRED,
                "the broker gave it up: " + reason,
                null);
      };
    }
  }
}
