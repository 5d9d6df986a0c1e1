package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.database.EmbeddedServer;
import io.posthaste.database.SharedPrograms;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two services on one database, of which one goes away. */
@Tag("timed")
final class ReplicaLossIT {
  private static final Duration GIVEN_BACK = Duration.ofSeconds(10);
  private static final int AT_ONCE = 5;

  /** So many receives share a confirmation at most: decision 0004. */
  private static final int CONFIRMED_TOGETHER = 8;

  private static final AtomicInteger QUEUES = new AtomicInteger();

  @TempDir static Path data;
  private static EmbeddedServer database;
  private static ServiceProcess b;
  private static ServiceProcess a;

  private final String name = "losses-" + QUEUES.incrementAndGet();
  private RemoteQueue onA;
  private RemoteQueue onB;

  @BeforeAll
  static void start() {
    database = SharedPrograms.in(data).start();
    b = replica();
    a = replica();
    b.awaitReady();
  }

  @BeforeEach
  void replace() {
    if (a.ended()) {
      a = replica();
    }
    a.awaitReady();
    // Until then what a kill catches waits for its lease
    Awaitility.await().until(() -> a.output().contains("Handovers are confirmed"));
    onA = new RemoteQueue(a, name);
    onB = new RemoteQueue(b, name);
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
  void receipts_of_one_replica_settle_on_another_also_when_the_first_is_gone() {
    onA.define("{\"lease\":\"PT5M\",\"retry\":{\"strategy\":\"none\"}}");
    for (int i = 0; i < 8; i++) {
      onA.send();
    }
    List<Delivered> handedOut = onA.receive(8, "PT1S");
    assertThat(handedOut).hasSize(8);

    assertSettledOnB(handedOut.subList(0, 4));
    a.kill();
    assertSettledOnB(handedOut.subList(4, 8));

    assertThat(onB.receive(8, "PT0S")).as("released and rejected").hasSize(4);
  }

  private void assertSettledOnB(List<Delivered> four) {
    assertThat(onB.settle("extend", four, ",\"lease\":\"PT10M\""))
        .containsOnly("extended")
        .hasSize(4);
    assertThat(onB.ack(four.subList(0, 2))).containsExactly("acked", "acked");
    assertThat(onB.settle("release", four.subList(2, 3), "")).containsExactly("released");
    assertThat(onB.settle("reject", four.subList(3, 4), "")).containsExactly("rejected");
    assertThat(onB.ack(four)).containsOnly("lease-lost");
  }

  @Test
  void lease_outlives_its_replica() {
    onA.define("{\"lease\":\"PT4S\",\"retry\":{\"strategy\":\"none\"}}");
    String id = onA.send();
    Instant leased = Instant.now();
    assertThat(onA.receive(1, "PT1S")).hasSize(1);

    a.kill();
    List<Delivered> again = onB.receive(1, "PT15S");

    assertThat(again).extracting(Delivered::id).containsExactly(id);
    assertThat(again).extracting(Delivered::attempt).containsExactly(2);
    assertThat(Duration.between(leased, Instant.now())).isGreaterThan(Duration.ofSeconds(4));
  }

  @org.junit.jupiter.api.RepeatedTest(2)
  void what_a_killed_replica_has_not_handed_out_is_received_elsewhere() {
    onA.define("{\"lease\":\"PT10M\"}");
    Load load = new Load();
    load.receiveOn(onA, 40);
    try (Crowd senders = new Crowd().add(8, () -> load.sent.add(onB.send()))) {
      Awaitility.await().until(() -> load.seenOnA.size() > 100);
      pause(ThreadLocalRandom.current().nextInt(300));
      a.kill();
    }
    load.awaitEnd();

    load.drain(onB);

    // A kill between the confirmation and its responses leaves these to their lease
    assertThat(load.missing()).hasSizeLessThanOrEqualTo(CONFIRMED_TOGETHER * AT_ONCE);
    assertThat(load.seenOnA).doesNotContainAnyElementsOf(load.seenOnB);
    assertThat(stats("available")).isZero();
    assertThat(stats("leased")).isEqualTo(load.sent.size());
  }

  @Test
  void replica_that_is_told_to_stop_answers_its_receivers_and_keeps_nothing() {
    onA.define("{\"lease\":\"PT10M\"}");
    Load load = new Load();
    load.receiveOn(onA, 40);
    List<CompletableFuture<List<Delivered>>> parked = new ArrayList<>();
    RemoteQueue empty = new RemoteQueue(a, name + "-empty").define("{}");
    for (int i = 0; i < 20; i++) {
      parked.add(empty.receiveLater(1, "PT20S"));
    }
    long began;
    try (Crowd senders = new Crowd().add(8, () -> load.sent.add(onB.send()))) {
      Awaitility.await().until(() -> load.seenOnA.size() > 100);
      began = System.nanoTime();
      a.terminate();
      parked.forEach(waiting -> assertThat(waiting.join()).isEmpty());
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
      assertThat(a.exitCode(Duration.ofSeconds(20))).isZero();
    }
    load.awaitEnd();

    load.drain(onB);

    assertThat(load.missing()).isEmpty();
    assertThat(load.seenOnA).doesNotContainAnyElementsOf(load.seenOnB);
  }

  @Test
  void groups_keep_their_order_through_a_kill() {
    int groups = 6;
    int each = 40;
    onB.define(
        "{\"ordering\":\"group\",\"lease\":\"PT1S\",\"retry\":{\"strategy\":\"none\"},\"maxAttempts\":50}");
    for (int n = 0; n < each; n++) {
      for (int group = 0; group < groups; group++) {
        onB.send("{\"payload\":%d,\"group\":\"g%d\"}".formatted(group * 1000 + n, group));
      }
    }
    GroupWork work = new GroupWork();
    AtomicInteger done = new AtomicInteger();

    try (Crowd crowd = new Crowd()) {
      for (RemoteQueue queue : List.of(onA, onB)) {
        crowd.add(4, () -> done.addAndGet(work.turn(queue)));
      }
      Awaitility.await().until(() -> done.get() > groups * each / 4);
      a.kill();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> stats("available") + stats("leased") + stats("delayed") == 0);
    }

    assertThat(work.twoHolders).isEmpty();
    assertThat(work.tooEarly).isEmpty();
    assertThat(work.acked).doesNotHaveDuplicates();
    // An ack whose answer was lost may count
    assertThat(done.get()).isBetween(groups * each - 4 * 10, groups * each);
    assertThat(stats("dead")).isZero();
  }

  /** Receives and acks what is in groups, and notes what should not happen to them. */
  private static final class GroupWork {
    final List<Integer> twoHolders = Collections.synchronizedList(new ArrayList<>());
    final List<Integer> tooEarly = Collections.synchronizedList(new ArrayList<>());
    final List<Integer> acked = Collections.synchronizedList(new ArrayList<>());
    private final Map<Integer, Long> heldUntil = new ConcurrentHashMap<>();
    // Noted before the ack is sent: when its answer is noted, others may be further already
    private final Set<Integer> asked = ConcurrentHashMap.newKeySet();

    int turn(RemoteQueue queue) {
      List<Delivered> received;
      long began = System.nanoTime();
      try {
        received = queue.receiveLater(3, "PT0.3S").join();
      } catch (CompletionException _) {
        return 0;
      }
      received.forEach(delivered -> look(Integer.parseInt(delivered.payload()), began));
      int done = 0;
      for (Delivered delivered : received) {
        int number = Integer.parseInt(delivered.payload());
        heldUntil.remove(number / 1000);
        asked.add(number);
        if (!queue.tryAck(List.of(delivered)).isEmpty()) {
          acked.add(number);
          done++;
        }
      }
      return done;
    }

    private void look(int number, long began) {
      int group = number / 1000;
      // Its lease ends no earlier than this
      Long before = heldUntil.put(group, began + Duration.ofSeconds(1).toNanos());
      if (before != null && before - System.nanoTime() > 0) {
        twoHolders.add(number);
      }
      if (IntStream.range(group * 1000, number).anyMatch(earlier -> !asked.contains(earlier))) {
        tooEarly.add(number);
      }
    }
  }

  private long stats(String field) {
    return onB.client().get(onB.path() + "/stats").json().get(field).asLong();
  }

  private static void pause(int millis) {
    Awaitility.await()
        .pollDelay(Duration.ofMillis(millis))
        .pollInterval(Duration.ofMillis(1))
        .until(() -> true);
  }

  /** Receivers that keep asking until their replica is gone. */
  private static final class Load {
    final Set<String> sent = ConcurrentHashMap.newKeySet();
    final Set<String> seenOnA = ConcurrentHashMap.newKeySet();
    final Set<String> seenOnB = new HashSet<>();
    private final List<CompletableFuture<?>> receivers = new ArrayList<>();
    Duration took = Duration.ZERO;

    void receiveOn(RemoteQueue queue, int receivers) {
      for (int i = 0; i < receivers; i++) {
        this.receivers.add(
            CompletableFuture.runAsync(() -> receiveUntilLost(queue), Thread::startVirtualThread));
      }
    }

    private void receiveUntilLost(RemoteQueue queue) {
      try {
        for (; ; ) {
          queue
              .receiveLater(AT_ONCE, "PT20S")
              .join()
              .forEach(delivered -> seenOnA.add(delivered.id()));
        }
      } catch (CompletionException _) {
        // The replica is gone
      }
    }

    void awaitEnd() {
      CompletableFuture.allOf(receivers.toArray(CompletableFuture[]::new)).join();
    }

    /** Receives what is left, as long as that may be on its way. */
    void drain(RemoteQueue queue) {
      long began = System.nanoTime();
      long end = began + GIVEN_BACK.toNanos();
      while (!missing().isEmpty() && System.nanoTime() < end) {
        queue.receive(1000, "PT1S").forEach(delivered -> seenOnB.add(delivered.id()));
      }
      took = Duration.ofNanos(System.nanoTime() - began);
    }

    Set<String> missing() {
      Set<String> missing = new HashSet<>(sent);
      missing.removeAll(seenOnA);
      missing.removeAll(seenOnB);
      return missing;
    }
  }
}
