package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.database.EmbeddedServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two services on one database. */
final class ReplicasIT {
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final AtomicInteger QUEUES = new AtomicInteger();

  @TempDir static Path data;
  private static EmbeddedServer database;
  private static ServiceProcess a;
  private static ServiceProcess b;

  private final String name = "replicas-" + QUEUES.incrementAndGet();
  private final RemoteQueue onA = new RemoteQueue(a, name);
  private final RemoteQueue onB = new RemoteQueue(b, name);

  @BeforeAll
  static void start() {
    database = EmbeddedServer.in(data).start();
    a = replica();
    b = replica();
    a.awaitReady();
    b.awaitReady();
  }

  private static ServiceProcess replica() {
    return ServiceProcess.start(Map.of("POSTHASTE_DATABASE_URL", database.url()));
  }

  @AfterAll
  static void stop() {
    a.close();
    b.close();
    database.close();
  }

  @Test
  void receiver_waiting_on_one_replica_gets_what_is_sent_on_the_other() {
    onA.define("{}");

    for (int i = 0; i < 5; i++) {
      CompletableFuture<List<Delivered>> waiting = onB.receiveLater(1, "PT20S");
      awaitReceivers();
      String id = onA.send();
      long sent = System.nanoTime();
      List<Delivered> received = waiting.join();
      Duration took = Duration.ofNanos(System.nanoTime() - sent);

      assertThat(received).extracting(Delivered::id).containsExactly(id);
      assertThat(took).isLessThan(SOON);
      assertThat(onB.ack(received)).containsExactly("acked");
    }
  }

  /** Until a long poll is parked: the answer to a later request of the same kind is there. */
  private void awaitReceivers() {
    assertThat(onB.receive(1, "PT0S")).isEmpty();
  }

  @Test
  void receivers_on_both_replicas_get_a_share_of_what_is_sent_on_one() {
    onA.define("{}");
    for (int senders : new int[] {1, 8}) {
      Set<String> gotA = ConcurrentHashMap.newKeySet();
      Set<String> gotB = ConcurrentHashMap.newKeySet();

      try (Crowd crowd = new Crowd()) {
        crowd.add(8, () -> receiveAndAck(onA, gotA)).add(8, () -> receiveAndAck(onB, gotB));
        crowd.add(senders, onA::send);
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> gotA.size() + gotB.size() > 800);
      }

      int all = gotA.size() + gotB.size();
      assertThat(Math.min(gotA.size(), gotB.size())).isGreaterThan(all / 5);
      assertThat(gotA).doesNotContainAnyElementsOf(gotB);
    }
  }

  private static void receiveAndAck(RemoteQueue queue, Set<String> got) {
    List<Delivered> received = queue.receive(1, "PT0.5S");
    if (!received.isEmpty()) {
      assertThat(queue.ack(received)).containsExactly("acked");
      received.forEach(delivered -> got.add(delivered.id()));
    }
  }
}
