package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;

import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.SendOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Sends alone and in batches, now and later; each of its groups is sent to by itself alone. */
final class FuzzSender {
  private static final int GROUPS = 3;

  private final QueueProvider provider;
  private final Queue queue;
  private final Ledger ledger;

  FuzzSender(QueueProvider provider, Queue queue, Ledger ledger) {
    this.provider = provider;
    this.queue = queue;
    this.ledger = ledger;
  }

  void run(Random random, @Nullable String groups, AtomicBoolean over) {
    while (!over.get()) {
      List<NewMessage> batch = new ArrayList<>();
      int size = random.nextInt(4) == 0 ? 1 + random.nextInt(10) : 1;
      for (int i = 0; i < size; i++) {
        batch.add(message(random, groups));
      }
      // Known before it is sent: it may be received before the answer is here
      ledger.offered(batch);
      List<SendOutcome> outcomes = Facet.await(provider.send(queue, batch));
      for (int i = 0; i < size; i++) {
        ledger.sent(batch.get(i), outcomes.get(i));
      }
    }
  }

  private static NewMessage message(Random random, @Nullable String groups) {
    MessageBuilder message = aMessage("m" + random.nextInt()).withPriority(random.nextInt(3));
    if (groups != null && random.nextInt(8) > 0) {
      message.withGroup(groups + "-" + random.nextInt(GROUPS));
    }
    if (random.nextInt(6) == 0) {
      message.withDelay(Duration.ofMillis(random.nextInt(30)));
    }
    if (random.nextInt(10) == 0) {
      message.withDeduplicationId("d" + random.nextLong());
    }
    return message.build();
  }
}
