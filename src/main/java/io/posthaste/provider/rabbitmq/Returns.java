package io.posthaste.provider.rabbitmq;

import io.posthaste.deadletter.DeadLetter.FailedAttempt;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.outbox.Outbox;
import io.posthaste.outbox.OutboxEntry;
import io.posthaste.provider.rabbitmq.Burial.Corpse;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.FailureLog;
import io.posthaste.wire.Carried;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Carries deliveries that come back to where they belong: the outbox, their queue, or the dead
 * letters. The broker lets go of each only after it is safe there. Blocking.
 */
final class Returns {
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private final Outbox outbox;
  private final FailureLog failures;
  private final PutBack putBack;
  private final Burial burial;
  private final Supplier<Instant> clock;

  Returns(
      Outbox outbox, FailureLog failures, PutBack putBack, Burial burial, Supplier<Instant> clock) {
    this.outbox = outbox;
    this.failures = failures;
    this.putBack = putBack;
    this.burial = burial;
    this.clock = clock;
  }

  /**
   * Carries as many as can be: they are acked afterwards. What is not has lost its delivery, or
   * there is a failure.
   */
  void carry(Queue queue, List<Return> returns) {
    Plan plan = new Plan(queue, clock.get());
    returns.stream().filter(one -> one.held().arrival().isOpen()).forEach(plan::add);
    if (!plan.failed.isEmpty()) {
      failures.record(plan.failed).await().atMost(PATIENCE);
    }
    inSpiteOfEachOther(
        () -> burial.bury(queue, plan.dead),
        () -> delay(queue, plan.delayed),
        () -> putBack.put(queue, plan.back));
  }

  /** Something that may fail alone. */
  private interface Way {
    void go() throws IOException;
  }

  private static void inSpiteOfEachOther(Way... ways) {
    RuntimeException failure = null;
    for (Way way : ways) {
      try {
        way.go();
      } catch (IOException | RuntimeException e) {
        failure = Threads.translate(e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Which goes where. */
  private static final class Plan {
    private final Queue queue;
    private final Instant now;
    private final List<Corpse> dead = new ArrayList<>();
    private final List<Return> delayed = new ArrayList<>();
    private final List<Sorted> back = new ArrayList<>();
    private final Map<MessageId, FailedAttempt> failed = new LinkedHashMap<>();

    Plan(Queue queue, Instant now) {
      this.queue = queue;
      this.now = now;
    }

    void add(Return one) {
      Arrival arrival = one.held().arrival();
      Carried after = after(one);
      switch (one) {
        case Return.Dead(var held, var deadLetterClass, var reason) ->
            dead.add(new Corpse(arrival, after, deadLetterClass, reason, attempt(held, reason)));
        case Return.Failed(var held, var _, var reason) -> {
          failed.put(after.message().id(), attempt(held, reason));
          place(one, after);
        }
        case Return.Released _ -> place(one, after);
      }
    }

    private void place(Return one, Carried after) {
      Arrival arrival = one.held().arrival();
      if (!one.delay().isZero()) {
        delayed.add(one);
      } else if (after.isOver(queue.policy(), now)) {
        dead.add(Corpse.expired(arrival, after));
      } else {
        back.add(new Sorted(arrival, after));
      }
    }

    private FailedAttempt attempt(Held held, String reason) {
      return new FailedAttempt(held.attempt(), now, reason);
    }
  }

  private static Carried after(Return one) {
    Carried carried = one.held().carried();
    return one instanceof Return.Released ? carried : carried.withFailed(carried.failed() + 1);
  }

  private void delay(Queue queue, List<Return> delayed) throws IOException {
    if (delayed.isEmpty()) {
      return;
    }
    List<OutboxEntry> entries = delayed.stream().map(one -> entry(queue, one)).toList();
    List<SendOutcome> outcomes = outbox.add(entries).await().atMost(PATIENCE);
    SendOutcome refused = null;
    for (int i = 0; i < outcomes.size(); i++) {
      switch (outcomes.get(i)) {
        // Without a queue it goes with the queue
        case SendOutcome.Stored _, SendOutcome.Duplicate _, SendOutcome.QueueChanged _ ->
            delayed.get(i).held().arrival().ack();
        case SendOutcome.Conflict _,
            SendOutcome.IdTaken _,
            SendOutcome.TooLarge _,
            SendOutcome.Refused _,
            SendOutcome.Failed _ ->
            refused = outcomes.get(i);
      }
    }
    if (refused != null) {
      throw new ProviderUnavailable(
          RabbitQueueProvider.NAME, new IOException("not stored: " + refused));
    }
  }

  private static OutboxEntry entry(Queue queue, Return one) {
    Carried after = after(one);
    return OutboxEntry.again(
        queue,
        after.message(),
        new Due.After(one.delay()),
        new OutboxEntry.Retry(after.failed(), after.firstDue(), after.expires()));
  }
}
