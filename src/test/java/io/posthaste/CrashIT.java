package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.database.SqlSession;
import io.posthaste.rest.Client;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service is killed in the middle of its work, its own database left behind. */
final class CrashIT {
  private static final int KILLS = 3;
  private static final String KIBIBYTE = "{\"payload\":\"%s\"}".formatted("x".repeat(1000));

  @TempDir Path data;

  @Test
  void what_was_answered_survives_three_kills() {
    Set<String> sent = ConcurrentHashMap.newKeySet();
    Set<String> acked = ConcurrentHashMap.newKeySet();
    List<String> twice = Collections.synchronizedList(new ArrayList<>());

    for (int i = 0; i < KILLS; i++) {
      var service = ServiceProcess.startIn(data).awaitReady();
      RemoteQueue kept = new RemoteQueue(service, "kept").define("{}");
      RemoteQueue cycled = new RemoteQueue(service, "cycled").define("{\"lease\":\"PT2S\"}");
      AtomicInteger answered = new AtomicInteger();
      try (Crowd crowd = new Crowd()) {
        crowd.add(8, () -> kept.trySend(KIBIBYTE).ifPresent(sent::add));
        crowd.add(4, () -> cycled.trySend(KIBIBYTE));
        crowd.add(4, () -> answered.addAndGet(cycle(cycled, acked, twice)));
        Awaitility.await().until(() -> answered.get() > 200);
        pause(ThreadLocalRandom.current().nextInt(200));
        service.kill();
      }
    }

    try (var service = ServiceProcess.startIn(data).awaitReady()) {
      Set<String> received = drain(new RemoteQueue(service, "kept"));
      assertThat(sent).isSubsetOf(received);
      Set<String> left = drain(new RemoteQueue(service, "cycled"));
      assertThat(left).doesNotContainAnyElementsOf(acked);
      assertThat(twice).isEmpty();
    }
  }

  private static int cycle(RemoteQueue queue, Set<String> acked, List<String> twice) {
    try {
      List<Delivered> received = queue.receiveLater(5, "PT1S").join();
      received.stream().map(Delivered::id).filter(acked::contains).forEach(twice::add);
      List<Delivered> done = queue.tryAck(received);
      done.forEach(delivered -> acked.add(delivered.id()));
      return done.size();
    } catch (java.util.concurrent.CompletionException _) {
      return 0;
    }
  }

  @Test
  void replay_goes_on_after_a_kill_and_neither_loses_nor_doubles() {
    Set<String> dead = new HashSet<>();
    String replay;
    try (var service = ServiceProcess.startIn(data).awaitReady()) {
      RemoteQueue queue = new RemoteQueue(service, "dying").define("{}");
      dead.addAll(bury(queue, 400));
      replay =
          queue
              .client()
              .post("/v1/dead-letters/replay", "{\"filter\":{\"queue\":\"dying\"},\"rate\":100}")
              .at("id");
      awaitReplayed(queue.client(), replay, 60);
      service.kill();
    }

    try (var service = ServiceProcess.startIn(data).awaitReady()) {
      RemoteQueue queue = new RemoteQueue(service, "dying");
      awaitReplayed(queue.client(), replay, 200);
      service.kill();
    }

    try (var service = ServiceProcess.startIn(data).awaitReady()) {
      RemoteQueue queue = new RemoteQueue(service, "dying");
      awaitReplayed(queue.client(), replay, 400);
      assertThat(drain(queue)).isEqualTo(dead);
      assertThat(SqlSession.of(data).query("SELECT count(*) FROM dead_letter")).isEqualTo("0");
      assertThat(SqlSession.of(data).query("SELECT count(*) FROM message")).isEqualTo("0");
    }
  }

  private static void awaitReplayed(Client client, String replay, int atLeast) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                client.get("/v1/dead-letters/replays/" + replay).json().get("replayed").asInt()
                    >= atLeast);
  }

  private static Set<String> bury(RemoteQueue queue, int size) {
    String batch =
        IntStream.range(0, size)
            .mapToObj(i -> "{\"payload\":" + i + "}")
            .collect(Collectors.joining(",", "{\"messages\":[", "]}"));
    assertThat(queue.client().post(queue.path() + "/messages/batch", batch).status())
        .isEqualTo(200);
    List<Delivered> received = queue.receive(size, "PT5S");
    assertThat(received).hasSize(size);
    assertThat(queue.settle("reject", received, ",\"permanent\":true")).containsOnly("dead");
    return received.stream().map(Delivered::id).collect(Collectors.toSet());
  }

  /** All that is in the queue, each of it once. */
  private static Set<String> drain(RemoteQueue queue) {
    List<String> ids = new ArrayList<>();
    while (inQueue(queue) > 0) {
      List<Delivered> received = queue.receive(1000, "PT1S");
      if (!received.isEmpty()) {
        assertThat(queue.ack(received)).containsOnly("acked");
      }
      received.forEach(delivered -> ids.add(delivered.id()));
    }
    assertThat(ids).doesNotHaveDuplicates();
    return Set.copyOf(ids);
  }

  private static long inQueue(RemoteQueue queue) {
    var stats = queue.client().get(queue.path() + "/stats").json();
    return stats.get("available").asLong()
        + stats.get("delayed").asLong()
        + stats.get("leased").asLong();
  }

  private static void pause(int millis) {
    Awaitility.await()
        .pollDelay(Duration.ofMillis(millis))
        .pollInterval(Duration.ofMillis(1))
        .until(() -> true);
  }
}
