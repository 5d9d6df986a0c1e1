package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Link;
import io.posthaste.broker.RabbitUrl;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.UuidV7;
import io.posthaste.outbox.Admission;
import io.posthaste.outbox.Deduplication;
import io.posthaste.outbox.Outbox;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.store.FailureLog;
import io.posthaste.store.StoreClock;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The moving parts of the provider, put together. */
final class Engine implements AutoCloseable {
  private static final Duration FIRST_TRY = Duration.ofSeconds(3);

  /** The broker answers within milliseconds, unless something is wrong. */
  private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);

  /** What a lease must stay below the broker's timeout, for what is to be done at its end. */
  private static final Duration MARGIN = Duration.ofSeconds(10);

  private final Threads threads = new Threads();
  private final Link publishing;
  private final Link consuming;
  private final Publisher publisher;
  private final RabbitExchanges exchanges;
  private final Errands errands;
  private final Quarantine quarantine;
  private final Topology topology;
  private final Sends sends;
  private final Delivering delivering;
  private final Holdings holdings = new Holdings();
  private final Peers peers;
  private final Lines lines;
  private final Settles settles;
  private final Sweep sweep;
  private final Counting counting;
  private final Outbox outbox;
  private final Duration longestLease;
  private final RabbitUrl url;

  /** What the parts need from outside. */
  record Surroundings(
      RabbitUrl url,
      Duration consumerTimeout,
      Supplier<Queues> queues,
      Stores stores,
      QueueEvents events,
      Publisher.Confirms confirms,
      StoreClock clock,
      RandomGenerator random) {}

  /** What lies in the database. */
  record Stores(
      Outbox outbox,
      Admission admission,
      Deduplication deduplication,
      DeadLetterStore deadLetters,
      FailureLog failures) {}

  Engine(Surroundings given) {
    Stores stores = given.stores();
    Supplier<Instant> clock = () -> now(given.clock());
    outbox = stores.outbox();
    url = given.url();
    longestLease = given.consumerTimeout().minus(MARGIN);
    publishing = new Link("posthaste-publish", given.url(), threads.virtual());
    consuming = new Link("posthaste-consume", given.url(), threads.virtual());
    publisher = new Publisher(publishing, new SharedLanes(publishing), threads, given.confirms());
    exchanges = new RabbitExchanges(given.url(), threads, given.confirms());
    errands = new Errands(consuming);
    quarantine = new Quarantine(given.url(), threads);
    topology = new Topology(errands, given.queues());
    delivering = new Delivering(publisher, topology, threads, clock);
    sends = new Sends(delivering, outbox, stores.deduplication(), clock);
    peers = new Peers(consuming, threads, publisher, holdings);
    Burial burial = new Burial(stores.deadLetters(), given.events(), clock);
    PutBack putBack = new PutBack(publisher, burial, clock);
    UuidV7 ids = new UuidV7(InstantSource.system(), new SecureRandom());
    Sorting sorting =
        new Sorting(stores.admission(), peers::unharmedFor, burial, putBack, clock, ids);
    HandOut handOut = new HandOut(holdings, clock);
    ReceiveChannels channels = new ReceiveChannels(consuming, holdings);
    lines =
        new Lines(
            new Line.Services(threads, channels, sorting, putBack, handOut, topology), holdings);
    Returns returns = new Returns(outbox, stores.failures(), putBack, burial, clock);
    settles =
        new Settles(
            new Settles.Needs(
                holdings,
                returns,
                new Acks(stores.failures()),
                peers,
                longestLease,
                clock,
                given.random()));
    peers.settlesHere(new SettlesForPeers(settles, given.queues())::settle);
    sweep = new Sweep(threads, holdings, settles, given.queues(), clock);
    counting =
        new Counting(
            new Counting.Sources(
                errands, holdings, peers, outbox, stores.deadLetters(), given.queues()));
    consuming.listen(
        new DeadDrain(consuming, topology, threads, burial, delivering, given.queues(), clock));
    consuming.listen(peers);
    consuming.listen(quarantine);
  }

  private static Instant now(StoreClock clock) {
    OffsetDateTime moment = clock.override();
    return (moment == null ? Instant.now() : moment.toInstant()).truncatedTo(ChronoUnit.MICROS);
  }

  /** Connects; waits a moment for that, so that the first to ask are not turned away. */
  void start() {
    publishing.start();
    consuming.start();
    try {
      publishing.awaitFirstTry(FIRST_TRY);
      consuming.awaitFirstTry(FIRST_TRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    peers.start();
    lines.start();
    sweep.start();
  }

  boolean isUp() {
    return publishing.isUp() && consuming.isUp();
  }

  boolean isBlocked() {
    return publishing.isBlocked();
  }

  /**
   * Lets go of a queue that is no longer defined. RabbitMQ may stop reading from a connection when
   * a queue is deleted that is being sent to, and close one by which the queue is being read; so
   * this waits a moment for what is under way. Blocking.
   */
  void leave(Queue queue) throws InterruptedException {
    delivering.forget(queue);
    quarantine.forget(queue.name());
    lines.end(queue, LAST_ANSWERS);
    publisher.awaitAnswers(queue.name(), LAST_ANSWERS);
  }

  Duration longestLease() {
    return longestLease;
  }

  RabbitUrl url() {
    return url;
  }

  Threads threads() {
    return threads;
  }

  Topology topology() {
    return topology;
  }

  Sends sends() {
    return sends;
  }

  Lines lines() {
    return lines;
  }

  Settles settles() {
    return settles;
  }

  Sweep sweep() {
    return sweep;
  }

  Counting counting() {
    return counting;
  }

  Outbox outbox() {
    return outbox;
  }

  Holdings holdings() {
    return holdings;
  }

  Publisher publisher() {
    return publisher;
  }

  RabbitExchanges exchanges() {
    return exchanges;
  }

  Quarantine quarantine() {
    return quarantine;
  }

  Errands errands() {
    return errands;
  }

  Peers peers() {
    return peers;
  }

  List<Link> links() {
    return List.of(publishing, consuming, exchanges.link());
  }

  @Override
  public void close() {
    lines.stop();
    exchanges.close();
    publisher.close();
    consuming.close();
    publishing.close();
    threads.close();
  }
}
