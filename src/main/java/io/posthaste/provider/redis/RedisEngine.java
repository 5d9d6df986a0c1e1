package io.posthaste.provider.redis;

import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.Due;
import io.posthaste.message.Receipt;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.Merger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.redis.client.RedisConnection;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/** The moving parts of the provider, put together. */
final class RedisEngine implements Stirred, Receives.Unwanted {
  private static final Logger LOG = Logger.getLogger(RedisEngine.class);

  /**
   * Two scripts keep the server busy while answers travel, more would only be smaller; the second
   * is worth its cost only with so many messages. Nobody waits for longer than the link to a silent
   * server lives.
   */
  private static final Merger.Terms MERGING = new Merger.Terms(2, 24, RedisFailure.WORDS);

  /**
   * The connections have an event loop of their own. On one that serves HTTP as well, an answer of
   * Redis waited behind requests, and Redis for the next script (docs/decisions/0012).
   */
  private static final VertxOptions ONE_LOOP =
      new VertxOptions()
          .setEventLoopPoolSize(1)
          .setWorkerPoolSize(1)
          .setInternalBlockingPoolSize(1)
          .setFileSystemOptions(
              new FileSystemOptions()
                  .setFileCachingEnabled(false)
                  .setClassPathResolvingEnabled(false));

  private final Vertx vertx;
  private final Vertx loop;
  private final QueueEvents events;
  private final RedisLink link;
  private final RedisLink words;
  private final ServerDurability durability;
  private final Registry registry;
  private final Sends sends;
  private final Settles settles;
  private final Receives receives;
  private final Inspection inspection;
  private final DeadLetterDrain drain;
  private final Changes changes;
  private final Tending tending;
  private final Rounds rounds;
  private final Map<Integer, Commits> commits = new ConcurrentHashMap<>();
  private final Set<Integer> draining = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  /** What the parts need from outside. */
  record Surroundings(
      Vertx vertx,
      RedisUrl url,
      Supplier<Queues> queues,
      DeadLetterStore deadLetters,
      QueueEvents events,
      RedisClock clock,
      RandomGenerator random) {}

  /** The group commits of one queue. */
  record Commits(
      Merger<Sends.Request, List<SendOutcome>> sends,
      Merger<Settles.Request, List<Outcome>> settles) {}

  RedisEngine(Surroundings given) {
    vertx = given.vertx();
    events = given.events();
    loop = Vertx.vertx(ONE_LOOP);
    link =
        new RedisLink(
            loop, given.url(), "commands", _ -> vertx.runOnContext(_ -> greet()), this::wake);
    RedisScripts scripts = new RedisScripts(link, given.clock());
    durability = new ServerDurability(link);
    registry = new Registry(link);
    sends = new Sends(scripts, this);
    settles = new Settles(scripts, this, events, given.random());
    receives = new Receives(vertx, scripts, events, new SecureRandom(), this, this);
    inspection = new Inspection(scripts, given.deadLetters());
    drain = new DeadLetterDrain(link, scripts, given.deadLetters());
    changes = new Changes(scripts, inspection, drain, this);
    tending = new Tending(scripts, settles, drain, changes, registry, events, given.queues());
    rounds = new Rounds(vertx, tending, registry, commits::remove);
    words = new RedisLink(loop, given.url(), "wake-ups", this::listen, () -> {});
  }

  void start() {
    link.start();
    words.start();
    rounds.start();
    vertx.setPeriodic(
        Receives.LOOK_AGAIN.toMillis(),
        timer -> {
          if (stopped) {
            vertx.cancelTimer(timer);
          } else {
            receives.signalAll();
          }
        });
  }

  /** Answers who waits; what is under way may finish. */
  void beginToStop() {
    receives.stop();
  }

  void stop() {
    stopped = true;
    receives.stop();
    rounds.stop();
    words.stop();
    link.stop();
    loop.close().onFailure(failure -> LOG.warnf("redis loop not closed cause=%s", failure));
  }

  private void listen(RedisConnection connection) {
    new WakeWords(receives).listen(connection, words::heard);
  }

  private void greet() {
    durability.tell();
    receives.signalAll();
  }

  private void wake() {
    receives.signalAll();
  }

  List<RedisLink> links() {
    return List.of(link, words);
  }

  Sends sends() {
    return sends;
  }

  RedisLink link() {
    return link;
  }

  ServerDurability durability() {
    return durability;
  }

  Receives receives() {
    return receives;
  }

  Inspection inspection() {
    return inspection;
  }

  Changes changes() {
    return changes;
  }

  Tending tending() {
    return tending;
  }

  Registry registry() {
    return registry;
  }

  Commits commits(Queue queue) {
    return commits.computeIfAbsent(
        queue.id(),
        _ ->
            new Commits(
                new Merger<>("redis-send", MERGING, events::merged, sends::run),
                new Merger<>("redis-settle", MERGING, events::merged, settles::run)));
  }

  Future<?> drop(Queue queue) {
    rounds.forget(queue.id());
    return changes.drop(queue.id(), queue.name().value()).compose(_ -> registry.remove(queue.id()));
  }

  @Override
  public void stirred(Queue queue, long delayMicros) {
    if (delayMicros > 0) {
      rounds.hint(queue.id(), delayMicros);
      receives.signalIn(queue.id(), delayMicros);
    } else {
      receives.signal(queue.id());
    }
  }

  @Override
  public void died(Queue queue) {
    // One at a time: more would bring the same letters
    if (!draining.add(queue.id())) {
      rounds.hint(queue.id(), Duration.ofMillis(50).toNanos() / 1000);
      return;
    }
    vertx.runOnContext(
        _ ->
            drain
                .drain(queue.id(), queue.name().value())
                .onComplete(
                    result -> {
                      draining.remove(queue.id());
                      if (result.failed()) {
                        LOG.debugf("drain failed queue=%s cause=%s", queue.name(), result.cause());
                        rounds.hint(queue.id(), 1_000_000);
                      }
                    }));
  }

  @Override
  public void poison(Queue queue, List<RedisReceipt> receipts) {
    settles
        .poison(queue, receipts)
        .onFailure(
            // Its lease runs out, and it comes here again
            failure -> LOG.warnf("poison not buried queue=%s cause=%s", queue.name(), failure));
  }

  @Override
  public void giveBack(Queue queue, List<Receipt> receipts) {
    List<Settlement> releases =
        receipts.stream()
            .<Settlement>map(it -> new Settlement.Release(it, new Due.After(Duration.ZERO)))
            .toList();
    List<RedisReceipt> decoded =
        receipts.stream().map(it -> RedisReceipt.decode(it).orElseThrow()).toList();
    commits(queue)
        .settles()
        .submit(new Settles.Request(queue, decoded, releases))
        .subscribe()
        .with(
            _ -> {},
            failure -> LOG.warnf("give-back failed queue=%s cause=%s", queue.name(), failure));
  }
}
