package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import io.posthaste.broker.Link;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.wire.Outgoing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Talks with the other replicas, over the broker: each has a queue that lives and dies with the
 * connection by which it holds its deliveries. So a word to a holder that is gone comes back at
 * once, and with it the certainty that its leases are over.
 *
 * <p>Replicas know of each other by greetings, repeated every {@link #GREET}.
 */
final class Peers implements Link.Listener {
  private static final Logger LOG = Logger.getLogger(Peers.class);
  private static final String ALL = "posthaste.replicas";
  private static final String QUEUE = "posthaste.replica.";
  private static final String GREETING = "greeting";
  private static final String WELCOME = "welcome";
  private static final String SETTLE = "settle";
  private static final String COUNT = "count";
  private static final String UNHARMED = "unharmed";
  private static final String ANSWER = "answer";
  private static final Duration GREET = Duration.ofSeconds(2);
  private static final Duration KNOWN = Duration.ofSeconds(7);
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final Duration COUNT_PATIENCE = Duration.ofSeconds(1);
  private static final Duration INTRODUCTION = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofMillis(10);

  private final Link link;
  private final Threads threads;
  private final Publisher publisher;
  private final Holdings holdings;
  private final Map<Long, Long> seen = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<byte[]>> asked = new ConcurrentHashMap<>();
  private final LongAdder forwarded = new LongAdder();
  private volatile long lastLoss = System.nanoTime();
  private volatile @Nullable SettleHere here;

  /** Settles what this replica holds. */
  interface SettleHere {
    List<Outcome> settle(int queue, List<Settlement> settlements) throws IOException;
  }

  Peers(Link link, Threads threads, Publisher publisher, Holdings holdings) {
    this.link = link;
    this.threads = threads;
    this.publisher = publisher;
    this.holdings = holdings;
  }

  void settlesHere(SettleHere settles) {
    here = settles;
  }

  /** Settlements that went to other replicas. */
  long forwarded() {
    return forwarded.sum();
  }

  void start() {
    threads
        .timer()
        .scheduleWithFixedDelay(
            this::greet, GREET.toMillis(), GREET.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void connected(Connection connection) throws IOException {
    // Who came and went before is not known
    lastLoss = System.nanoTime();
    Channel channel = link.open(connection);
    long self = holdings.holder();
    channel.exchangeDeclare(ALL, "fanout", true);
    channel.queueDeclare(name(self), false, true, true, Map.of());
    channel.queueBind(name(self), ALL, "");
    channel.basicConsume(
        name(self),
        true,
        new DefaultConsumer(channel) {
          @Override
          public void handleDelivery(
              String tag, Envelope envelope, BasicProperties properties, byte[] body) {
            // The next word is not to wait for this one
            threads.virtual().execute(() -> hear(properties, body));
          }
        });
    introduce();
  }

  // If we received before the others know us, our loss would go unnoticed; so announce first
  private void introduce() {
    long end = System.nanoTime() + INTRODUCTION.toNanos();
    while (!hasGreeted() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private boolean hasGreeted() {
    return greet()
        .orTimeout(INTRODUCTION.toMillis(), TimeUnit.MILLISECONDS)
        .handle((outcome, _) -> outcome == Outgoing.Outcome.CONFIRMED)
        .join();
  }

  @Override
  public void lost() {
    holdings.forgetAll();
    seen.clear();
    lastLoss = System.nanoTime();
  }

  private static String name(long holder) {
    return QUEUE + Long.toHexString(holder);
  }

  private CompletableFuture<Outgoing.Outcome> greet() {
    return publisher.publish(word(ALL, "", GREETING, new byte[0], null));
  }

  /** Settles through the holder; lease lost when it is gone. */
  CompletableFuture<List<Outcome>> settle(long holder, Queue queue, List<Settlement> settlements) {
    forwarded.add(settlements.size());
    return ask(holder, SETTLE, PeerWords.settlements(queue.id(), settlements), PATIENCE)
        .handle(
            (answer, failure) -> {
              if (failure == null) {
                return PeerWords.readOutcomes(answer);
              }
              if (Threads.unwrapped(failure) instanceof Gone) {
                return Collections.nCopies(settlements.size(), Outcome.LEASE_LOST);
              }
              throw Threads.translate(failure);
            });
  }

  /**
   * How many deliveries of a queue the other replicas hold; those that do not answer count as 0.
   */
  CompletableFuture<Integer> count(Queue queue) {
    forgetSilent();
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (long holder : seen.keySet()) {
      answers.add(
          ask(holder, COUNT, PeerWords.number(queue.id()), COUNT_PATIENCE)
              .handle((answer, _) -> answer == null ? 0 : PeerWords.readNumber(answer)));
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(_ -> answers.stream().mapToInt(CompletableFuture::join).sum());
  }

  private void forgetSilent() {
    long before = System.nanoTime() - KNOWN.toNanos();
    seen.forEach(
        (holder, last) -> {
          if (last - before < 0) {
            vanished(holder);
          }
        });
  }

  // It may have held deliveries
  private void vanished(long holder) {
    lastLoss = System.nanoTime();
    seen.remove(holder);
  }

  /**
   * Whether for so long no replica has lost a lease, as is known for sure: not when one does not
   * answer, or this one came later. Blocking.
   */
  boolean unharmedFor(Duration span) {
    forgetSilent();
    if (holdings.unharmed().compareTo(span) < 0 || sinceLoss().compareTo(span) < 0) {
      return false;
    }
    List<CompletableFuture<Boolean>> answers = new ArrayList<>();
    for (long holder : seen.keySet()) {
      answers.add(
          ask(holder, UNHARMED, new byte[0], COUNT_PATIENCE)
              .handle(
                  (answer, _) ->
                      answer != null && PeerWords.readNumber(answer) >= span.toMillis()));
    }
    // All are asked before the first is waited for
    return answers.stream().allMatch(CompletableFuture::join) && sinceLoss().compareTo(span) >= 0;
  }

  private Duration sinceLoss() {
    return Duration.ofNanos(System.nanoTime() - lastLoss);
  }

  private static int millis(Duration span) {
    return (int) Math.min(Integer.MAX_VALUE, span.toMillis());
  }

  private CompletableFuture<byte[]> ask(
      long holder, String kind, byte[] question, Duration patience) {
    String id = UUID.randomUUID().toString();
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    asked.put(id, answer);
    publisher
        .publish(word("", name(holder), kind, question, id))
        .whenComplete(
            (outcome, failure) -> {
              if (failure != null) {
                answer.completeExceptionally(failure);
              } else if (outcome == Outgoing.Outcome.UNROUTABLE) {
                vanished(holder);
                answer.completeExceptionally(new Gone());
              }
            });
    return answer
        .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((_, _) -> asked.remove(id));
  }

  private Outgoing word(
      String exchange, String key, String kind, byte[] body, @Nullable String correlation) {
    return new Outgoing(
        exchange,
        key,
        new BasicProperties.Builder()
            .messageId(UUID.randomUUID().toString())
            .type(kind)
            .correlationId(correlation)
            .replyTo(name(holdings.holder()))
            .expiration(Long.toString(PATIENCE.toMillis()))
            .build(),
        body);
  }

  private void hear(BasicProperties properties, byte[] body) {
    String from = properties.getReplyTo();
    String kind = properties.getType();
    String correlation = properties.getCorrelationId();
    if (from == null || kind == null || !from.startsWith(QUEUE)) {
      return;
    }
    try {
      switch (kind) {
        case GREETING -> {
          if (meet(from)) {
            publisher.publish(word("", from, WELCOME, new byte[0], null));
          }
        }
        case WELCOME -> meet(from);
        case SETTLE -> answer(from, correlation, settleHere(body));
        case COUNT ->
            answer(from, correlation, PeerWords.number(holdings.count(PeerWords.readNumber(body))));
        case UNHARMED -> answer(from, correlation, PeerWords.number(millis(holdings.unharmed())));
        case ANSWER -> heardAnswer(correlation, body);
        default -> LOG.debugf("unknown word kind=%s", kind);
      }
    } catch (IOException | RuntimeException e) {
      // Whoever asked will not wait for ever
      LOG.debugf("not answered kind=%s cause=%s", kind, e);
    }
  }

  /** Whether it was not known. */
  private boolean meet(String queue) {
    long holder = Long.parseUnsignedLong(queue.substring(QUEUE.length()), 16);
    return holder != holdings.holder() && seen.put(holder, System.nanoTime()) == null;
  }

  private byte[] settleHere(byte[] body) throws IOException {
    SettleHere settles = here;
    if (settles == null) {
      throw new OutcomeUnknown(RabbitQueueProvider.NAME, null);
    }
    PeerWords.Settlements words = PeerWords.readSettlements(body);
    return PeerWords.outcomes(settles.settle(words.queue(), words.settlements()));
  }

  private void answer(String to, @Nullable String correlation, byte[] body) {
    publisher.publish(word("", to, ANSWER, body, correlation));
  }

  private void heardAnswer(@Nullable String correlation, byte[] body) {
    CompletableFuture<byte[]> answer = correlation == null ? null : asked.remove(correlation);
    if (answer != null) {
      answer.complete(body);
    }
  }

  /** The holder that was asked is no more. */
  private static final class Gone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Gone() {
      super("the holder is gone", null, false, false);
    }
  }
}
