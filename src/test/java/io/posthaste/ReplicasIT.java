package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.database.EmbeddedServer;
import io.posthaste.database.SharedPrograms;
import io.posthaste.database.SqlSession;
import io.posthaste.rest.Client;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two services on one database. */
@Tag("timed")
final class ReplicasIT {
  private static final String LEFT_BEHIND =
      """
      SELECT coalesce(string_agg(m.queue || CASE
        WHEN EXISTS (SELECT FROM ready r WHERE r.id = m.id) THEN ' ready'
        WHEN EXISTS (SELECT FROM lease l WHERE m.id = ANY (l.messages)) THEN ' leased'
        ELSE ' in no place' END, ', '), '')
      FROM message m WHERE NOT EXISTS (SELECT FROM queue q WHERE q.id = m.queue)
      """;

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
    database = SharedPrograms.in(data).start();
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

  @Test
  void queue_and_its_policy_are_known_to_all_replicas_at_once() {
    assertThat(onB.client().get(onB.path()).status()).isEqualTo(404);
    onA.define("{}");
    onB.send();

    onA.define("{\"maxMessageSize\":10}");

    Awaitility.await()
        .atMost(SOON)
        .until(() -> onB.trySend("{\"payload\":\"longer than that\"}").isEmpty());
  }

  @Test
  void queue_is_made_anew_while_another_replica_sends_into_it() {
    Set<String> sent = ConcurrentHashMap.newKeySet();
    Set<Integer> refusals = ConcurrentHashMap.newKeySet();
    onA.define("{}");
    try (Crowd _ = new Crowd().add(6, () -> send(onB, sent, refusals))) {
      for (int i = 0; i < 5; i++) {
        int before = sent.size();
        Awaitility.await().until(() -> sent.size() > before + 50);
        assertThat(onA.client().delete(onA.path() + "?force=true").status()).isEqualTo(204);
        onA.define("{}");
      }
    }

    assertThat(refusals).isSubsetOf(404, 409);
    String last = onB.send();
    List<String> received = new ArrayList<>();
    while (!received.contains(last)) {
      onA.receive(1000, "PT5S").forEach(delivered -> received.add(delivered.id()));
    }
    assertThat(received).doesNotHaveDuplicates();
    assertThat(sent).containsAll(received.subList(0, received.size() - 1));
  }

  @Test
  void removed_queues_leave_no_messages_behind() {
    onA.define("{}");
    Set<String> sent = ConcurrentHashMap.newKeySet();
    Set<String> got = ConcurrentHashMap.newKeySet();
    Set<Integer> refusals = ConcurrentHashMap.newKeySet();
    try (Crowd crowd = new Crowd()) {
      crowd.add(6, () -> send(onB, sent, refusals)).add(3, () -> tryReceiveAndRelease(onA, got));
      for (int i = 0; i < 10; i++) {
        int before = sent.size();
        Awaitility.await().until(() -> sent.size() > before + 50);
        assertThat(onA.client().delete(onA.path() + "?force=true").status()).isEqualTo(204);
        assertNothingLeftBehind();
        onA.define("{}");
      }
    }
    assertThat(got).isNotEmpty();
  }

  private static void tryReceiveAndRelease(RemoteQueue queue, Set<String> got) {
    Client.Answer answer = queue.client().post(queue.path() + "/receive", "{\"max\":5}");
    if (answer.status() == 200) {
      for (String receipt : answer.each("deliveries", "receipt")) {
        got.add(receipt);
        queue.client().post(queue.path() + "/release", "{\"receipts\":[\"" + receipt + "\"]}");
      }
    }
  }

  private static void assertNothingLeftBehind() {
    assertThat(SqlSession.at(database.url()).query(LEFT_BEHIND)).isEmpty();
  }

  private static void send(RemoteQueue queue, Set<String> sent, Set<Integer> refusals) {
    Client.Answer answer = queue.client().post(queue.path() + "/messages", "{\"payload\":1}");
    if (answer.status() == 201) {
      sent.add(answer.at("id"));
    } else {
      refusals.add(answer.status());
    }
  }

  @Test
  void purge_under_load_leaves_nothing_half_removed() {
    onA.define("{}");
    AtomicInteger sent = new AtomicInteger();
    AtomicInteger gone = new AtomicInteger();
    Set<String> got = ConcurrentHashMap.newKeySet();
    try (Crowd crowd = new Crowd()) {
      crowd.add(6, () -> sent.addAndGet(onB.send().isEmpty() ? 0 : 1));
      crowd.add(3, () -> receiveAndAck(onB, got));
      for (int i = 0; i < 5; i++) {
        int before = sent.get();
        Awaitility.await().until(() -> sent.get() > before + 50);
        gone.addAndGet(purge(onA));
      }
    }

    gone.addAndGet(purge(onA));

    assertThat(gone.get() + got.size()).isEqualTo(sent.get());
  }

  private static int purge(RemoteQueue queue) {
    return queue.client().post(queue.path() + "/purge", "").json().get("purged").asInt();
  }

  @Test
  void two_replays_of_the_same_dead_letters_send_each_once() {
    onA.define("{}");
    for (int i = 0; i < 300; i++) {
      onA.send();
    }
    List<Delivered> received = new ArrayList<>();
    while (received.size() < 300) {
      received.addAll(onA.receive(1000, "PT5S"));
    }
    onA.settle("reject", received, ",\"permanent\":true");
    String order = "{\"filter\":{\"queue\":\"%s\"}}".formatted(name);

    List<CompletableFuture<Client.Answer>> replays = new ArrayList<>();
    for (RemoteQueue queue : List.of(onA, onB, onA, onB)) {
      replays.add(queue.client().postLater("/v1/dead-letters/replay", order));
    }
    List<String> ids = replays.stream().map(later -> later.join().at("id")).toList();

    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> ids.stream().allMatch(id -> state(id, "state").equals("done")));
    assertThat(ids.stream().mapToInt(id -> Integer.parseInt(state(id, "replayed"))).sum())
        .isEqualTo(300);
    List<Delivered> again = onB.receive(1000, "PT5S");
    assertThat(again)
        .extracting(Delivered::id)
        .containsExactlyInAnyOrderElementsOf(received.stream().map(Delivered::id).toList());
  }

  private String state(String replay, String field) {
    return onB.client().get("/v1/dead-letters/replays/" + replay).at(field);
  }

  private static void receiveAndAck(RemoteQueue queue, Set<String> got) {
    List<Delivered> received = queue.receive(1, "PT0.5S");
    if (!received.isEmpty()) {
      assertThat(queue.ack(received)).containsExactly("acked");
      received.forEach(delivered -> got.add(delivered.id()));
    }
  }
}
