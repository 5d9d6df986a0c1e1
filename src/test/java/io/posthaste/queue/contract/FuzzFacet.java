package io.posthaste.queue.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.queue.Capability;
import io.posthaste.queue.Queue;
import io.posthaste.queue.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Senders, and receivers of every temper, at two replicas at once; then the books must balance. The
 * seed decides what each of them does, threads decide when: set {@code -Dfuzz.seed} to repeat a
 * run's choices, and {@code -Dfuzz.seconds} for a longer one; {@code -Dtest='*QueueProviderTest'
 * -Dgroups=fuzz} leaves out the rest.
 */
@Tag("fuzz")
public abstract class FuzzFacet extends Facet {
  private static final long SEED = Long.getLong("fuzz.seed", 20261120);
  private static final Duration SPAN = Duration.ofSeconds(Integer.getInteger("fuzz.seconds", 3));
  private static final int SENDERS = 4;
  private static final int RECEIVERS = 8;

  protected FuzzFacet(ProviderUnderTest under) {
    super(under);
  }

  @Test
  void nothing_is_lost_doubled_or_made_up() throws Exception {
    PolicyBuilder policy = impatient().withRetry(new RetryPolicy.Fixed(Duration.ofMillis(20), 1));
    run(queue(policy), null);
  }

  @Test
  void nothing_is_lost_doubled_or_made_up_and_groups_keep_their_order() throws Exception {
    needs(Capability.GROUPS);
    PolicyBuilder policy = impatient().withRetry(new RetryPolicy.Fixed(Duration.ofMillis(5), 1));
    run(queue(policy.orderedByGroup()), "g");
  }

  private PolicyBuilder impatient() {
    return aPolicy().withLease(Duration.ofMillis(150)).withMaxAttempts(3);
  }

  private void run(Queue queue, @Nullable String groups) throws Exception {
    Ledger ledger = new Ledger(queue.policy(), groups != null);
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < SENDERS; i++) {
        Random random = new Random(SEED + i);
        FuzzSender sender = new FuzzSender(i % 2 == 0 ? provider : under.replica(), queue, ledger);
        String prefix = groups == null ? null : groups + i;
        workers.add(threads.submit(() -> sender.run(random, prefix, over)));
      }
      for (int i = 0; i < RECEIVERS; i++) {
        Random random = new Random(SEED + 100 + i);
        FuzzReceiver receiver =
            new FuzzReceiver(under, i % 2 == 0 ? provider : under.replica(), queue, ledger);
        workers.add(threads.submit(() -> receiver.run(random, over)));
      }
      Future<?> upkeep =
          threads.submit(
              () -> {
                while (!over.get()) {
                  under.upkeep();
                }
              });
      long end = System.nanoTime() + SPAN.toNanos();
      Awaitility.await()
          .atMost(SPAN.plusSeconds(5))
          .until(() -> System.nanoTime() - end > 0 || workers.stream().anyMatch(Future::isDone));
      over.set(true);
      for (Future<?> worker : workers) {
        worker.get();
      }
      upkeep.get();
    }
    drain(queue, ledger);
    ledger.balance(deadInShort(queue));
  }

  /** Acks whatever is left, once all leases and backoffs are over. */
  private void drain(Queue queue, Ledger ledger) {
    FuzzReceiver receiver = new FuzzReceiver(under, provider, queue, ledger);
    int rounds = 0;
    while (await(provider.stats(queue)).inQueue() > 0) {
      assertThat(rounds++).as("rounds of draining").isLessThan(20_000);
      if (receiver.ackAll() == 0) {
        pass(1);
      }
    }
  }
}
