package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.ShutdownSignalException;
import io.posthaste.broker.BrokerRefusal;
import io.posthaste.broker.Link;
import io.posthaste.queue.ProviderUnavailable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The channel with confirms of one exchange, and the one thread that writes to it. Bounded by its
 * {@link Publisher}.
 *
 * <p>The broker closes a channel on which something is wrong and does not say with which message.
 * Where it says that there is no such exchange, or that we may not publish to it, that holds for
 * all of them. Otherwise those that were under way are written again, one by one: whoever is alone
 * when the channel is closed is to blame.
 */
final class ExchangeLane {
  private static final Duration IDLE = Duration.ofSeconds(30);

  /** So long a verdict on the exchange is believed: each costs a channel, and a line in a log. */
  private static final Duration BELIEVED = Duration.ofSeconds(1);

  private static final int TRIES = 3;
  private static final int ACCESS_REFUSED = 403;
  private static final int NOT_FOUND = 404;

  private final Link link;
  private final Predicate<ExchangeLane> mayEnd;
  private final BlockingQueue<Entry> waiting = new LinkedBlockingQueue<>();
  private final Thread writer;
  private volatile @Nullable Verdict verdict;
  private @Nullable ConfirmingChannel open;

  /** A message to be written, perhaps with no other under way. */
  private record Entry(Publishing publishing, boolean alone) {}

  /** What the broker said of the exchange. */
  private record Verdict(BrokerRefusal refusal, long since) {
    boolean holds() {
      return System.nanoTime() - since < BELIEVED.toNanos();
    }
  }

  /**
   * @param mayEnd is asked whether this lane may end, and nothing more will come
   */
  ExchangeLane(Link link, Predicate<ExchangeLane> mayEnd) {
    this.link = link;
    this.mayEnd = mayEnd;
    this.writer = Thread.ofVirtual().name("rabbitmq-forward").start(this::write);
  }

  void add(Publishing publishing) {
    waiting.add(new Entry(publishing, false));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void close() {
    writer.interrupt();
  }

  private void write() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Entry next = waiting.poll(IDLE.toNanos(), TimeUnit.NANOSECONDS);
        if (next != null) {
          write(next);
        } else if (mayEnd.test(this)) {
          break;
        }
      }
    } catch (InterruptedException _) {
      // The end
    }
    ConfirmingChannel last = open;
    if (last != null) {
      last.abort();
    }
  }

  private void write(Entry entry) {
    Publishing publishing = entry.publishing();
    if (!entry.alone()) {
      if (publishing.write()) {
        write(publishing);
      }
    } else if (!publishing.answer().isDone()) {
      awaitAnswers();
      write(publishing);
      awaitAnswers();
    }
  }

  // Each is answered or given up within the publisher's patience
  private void awaitAnswers() {
    ConfirmingChannel on = open;
    if (on != null) {
      on.unanswered().forEach(ExchangeLane::awaitAnswer);
    }
  }

  private static void awaitAnswer(Publishing publishing) {
    try {
      publishing.answer().join();
    } catch (CompletionException | CancellationException _) {
      // Whatever it was, somebody else has heard of it
    }
  }

  private void write(Publishing publishing) {
    for (int tries = 1; ; tries++) {
      Verdict known = verdict;
      if (known != null && known.holds()) {
        publishing.refuse(known.refusal());
        return;
      }
      try {
        open().write(publishing);
        return;
      } catch (AlreadyClosedException e) {
        // Not written: the channel was closed because of another message
        if (tries == TRIES) {
          publishing.refuse(new ProviderUnavailable(RabbitQueueProvider.NAME, e));
          return;
        }
      } catch (IOException | RuntimeException e) {
        publishing.refuse(new ProviderUnavailable(RabbitQueueProvider.NAME, e));
        return;
      }
    }
  }

  private ConfirmingChannel open() throws IOException {
    ConfirmingChannel known = open;
    if (known != null && known.isOpen()) {
      return known;
    }
    ConfirmingChannel fresh = ConfirmingChannel.on(link.open(), this::closed);
    open = fresh;
    return fresh;
  }

  private void closed(ConfirmingChannel channel, ShutdownSignalException cause) {
    if (!(cause.getReason() instanceof AMQP.Channel.Close close)
        || cause.isInitiatedByApplication()) {
      channel.loseAll(cause);
      return;
    }
    List<Publishing> all = channel.takeAll();
    int code = close.getReplyCode();
    BrokerRefusal refusal =
        new BrokerRefusal(
            code == NOT_FOUND ? BrokerRefusal.Kind.NOT_FOUND : BrokerRefusal.Kind.CONFLICT,
            close.getReplyText());
    if (code == NOT_FOUND || code == ACCESS_REFUSED) {
      verdict = new Verdict(refusal, System.nanoTime());
      all.forEach(publishing -> publishing.refuse(refusal));
    } else if (all.size() == 1) {
      all.getFirst().refuse(refusal);
    } else {
      all.forEach(publishing -> waiting.add(new Entry(publishing, true)));
    }
  }
}
