package io.posthaste.provider.redis;

import io.posthaste.message.Delivery;
import io.posthaste.message.Receipt;
import io.posthaste.provider.Mailbox;
import io.posthaste.provider.Waiter;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.ReceiveRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Feeds all receivers of this replica. A queue is looked at when a receiver comes, when word comes
 * that something is there, when a delayed message or a lease that is known of ends, and every few
 * seconds lest a word was lost; never when nobody waits. Each queue has one look under way at most,
 * which serves all who wait there.
 */
final class Receives {
  /** Lest a word was lost. */
  static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private static final Duration LONGEST_TIMER = Duration.ofHours(1);

  private static final int MOST_MESSAGES = ReceiveRequest.MOST;
  private static final long MOST_BYTES = 8 * 1024 * 1024;
  private static final int TOKEN_BYTES = 15;

  private final Vertx vertx;
  private final RedisScripts scripts;
  private final QueueEvents events;
  private final RandomGenerator random;
  private final Stirred stirred;
  private final Unwanted unwanted;

  private final Mailbox mailbox = new Mailbox();
  private final Map<Integer, WaitingLine> lines = new HashMap<>();
  private boolean stopped;

  /**
   * @param random makes receipts unguessable
   */
  Receives(
      Vertx vertx,
      RedisScripts scripts,
      QueueEvents events,
      RandomGenerator random,
      Stirred stirred,
      Unwanted unwanted) {
    this.vertx = vertx;
    this.scripts = scripts;
    this.events = events;
    this.random = random;
    this.stirred = stirred;
    this.unwanted = unwanted;
  }

  /** Takes care of deliveries that no receiver gets. */
  interface Unwanted {
    /** Nobody is there to take them any more. */
    void giveBack(Queue queue, List<Receipt> receipts);

    /** They cannot be decoded. */
    void poison(Queue queue, List<RedisReceipt> receipts);
  }

  Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request) {
    return Uni.createFrom()
        .emitter(
            emitter -> {
              Waiter waiter = new Waiter(request, emitter);
              // Also when the client hangs up
              emitter.onTermination(waiter::leave);
              mailbox.execute(() -> join(queue, waiter));
            });
  }

  private void join(Queue queue, Waiter waiter) {
    if (stopped) {
      waiter.answer(List.of());
      return;
    }
    WaitingLine line = lines.computeIfAbsent(queue.id(), _ -> new WaitingLine(queue));
    if (waiter.waits()) {
      long millis = Math.max(1, waiter.request().waitTime().toMillis());
      waiter.deadlineTimer(vertx.setTimer(millis, _ -> mailbox.execute(() -> line.expire(waiter))));
    }
    line.join(queue, waiter);
    look(line);
  }

  /** Something may be there. */
  void signal(int queue) {
    mailbox.execute(
        () -> {
          WaitingLine line = lines.get(queue);
          if (line != null) {
            look(line);
          }
        });
  }

  /** Something may be there so much later. */
  void signalIn(int queue, long delayMicros) {
    mailbox.execute(
        () -> {
          WaitingLine line = lines.get(queue);
          if (line != null) {
            arm(line, delayMicros);
          }
        });
  }

  /** Words may have been lost: look everywhere. */
  void signalAll() {
    mailbox.execute(
        () -> {
          lines.values().removeIf(WaitingLine::isIdle);
          List.copyOf(lines.values()).forEach(this::look);
        });
  }

  /** Answers all who wait, with nothing, and takes nothing more. */
  void stop() {
    mailbox.execute(
        () -> {
          stopped = true;
          lines.values().forEach(line -> line.removeAll().forEach(w -> w.answer(List.of())));
        });
  }

  private void look(WaitingLine line) {
    List<Waiter> served = line.startLook(MOST_MESSAGES);
    if (served.isEmpty()) {
      return;
    }
    long began = System.nanoTime();
    scripts
        .run(RedisScript.RECEIVE, line.queue().id(), words(line.queue(), served))
        .map(answer -> Look.read(answer, served.size()))
        .onComplete(
            result ->
                mailbox.execute(
                    () -> {
                      if (result.succeeded()) {
                        hand(line, served, result.result());
                        events.merged(
                            "redis-receive",
                            served.size(),
                            Duration.ofNanos(System.nanoTime() - began));
                      } else {
                        fail(line, RedisFailure.translate(result.cause()));
                      }
                    }));
  }

  private RedisScripts.Words words(Queue queue, List<Waiter> served) {
    byte[] token = new byte[TOKEN_BYTES];
    random.nextBytes(token);
    RedisScripts.Words words =
        new RedisScripts.Words()
            .add(MessageFields.micros(queue.policy().retention()))
            .add(queue.policy().onExpiry() == OnExpiry.DROP ? "1" : "0")
            .add(Base64.getUrlEncoder().withoutPadding().encode(token))
            .add(Math.clamp(MOST_BYTES / queue.policy().maxMessageSize(), 1, MOST_MESSAGES))
            .add(served.stream().anyMatch(Waiter::waits) ? "1" : "0");
    for (Waiter waiter : served) {
      words.add(waiter.request().max()).add(MessageFields.micros(waiter.request().lease()));
    }
    return words;
  }

  private void hand(WaitingLine line, List<Waiter> served, Look look) {
    Queue queue = line.queue();
    for (int i = 0; i < served.size(); i++) {
      hand(line, served.get(i), look.deliveries().get(i));
    }
    if (look.expired() > 0) {
      events.dead(queue.name(), DeadLetterClass.EXPIRED, look.expired());
      stirred.died(queue);
    }
    if (look.dropped() > 0) {
      events.dropped(queue.name(), look.dropped());
    }
    if (look.foreign() > 0) {
      events.dead(queue.name(), DeadLetterClass.POISON, look.foreign());
      stirred.died(queue);
    }
    if (!look.undecodable().isEmpty()) {
      unwanted.poison(queue, look.undecodable());
    }
    look.nextMicros().ifPresent(delay -> arm(line, delay));
    if (line.endLook(look.more())) {
      look(line);
    }
  }

  private void hand(WaitingLine line, Waiter waiter, List<Delivery> deliveries) {
    if (deliveries.isEmpty() && waiter.waits() && !waiter.gone() && !line.isOverdue(waiter)) {
      return;
    }
    line.remove(waiter);
    if (waiter.deadlineTimer() >= 0) {
      vertx.cancelTimer(waiter.deadlineTimer());
    }
    if (!deliveries.isEmpty()) {
      stirred.stirred(line.queue(), MessageFields.micros(waiter.request().lease()));
    }
    if (!waiter.gone()) {
      waiter.answer(deliveries);
    } else if (!deliveries.isEmpty()) {
      unwanted.giveBack(line.queue(), deliveries.stream().map(Delivery::receipt).toList());
    }
  }

  private void fail(WaitingLine line, Throwable failure) {
    for (Waiter waiter : line.removeAll()) {
      if (waiter.deadlineTimer() >= 0) {
        vertx.cancelTimer(waiter.deadlineTimer());
      }
      waiter.fail(failure);
    }
    line.endLook(false);
  }

  /** Looks then, unless something else makes it look earlier. */
  private void arm(WaitingLine line, long delayMicros) {
    long millis = Math.clamp(delayMicros / 1000 + 1, 1, LONGEST_TIMER.toMillis());
    long at = System.nanoTime() + millis * 1_000_000;
    if (line.isArmedBefore(at)) {
      return;
    }
    if (line.timer() >= 0) {
      vertx.cancelTimer(line.timer());
    }
    line.arm(
        vertx.setTimer(
            millis,
            _ ->
                mailbox.execute(
                    () -> {
                      line.disarm();
                      look(line);
                    })),
        at);
  }
}
