package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.provider.redis.RedisServer;
import io.posthaste.rest.Client.Answer;
import java.nio.file.Path;
import java.time.Duration;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis is killed, silenced and brought back, while the service and its other queues go on. */
final class RedisDownIT {
  private static final int KILLS = 3;
  private static final Duration ANSWERED = Duration.ofSeconds(5);
  private static final Duration BACK = Duration.ofSeconds(30);
  private static final String POLICY = "{\"provider\":\"redis\",\"lease\":\"PT2S\"}";
  private static final String KIBIBYTE = "{\"payload\":\"%s\"}".formatted("x".repeat(1000));

  @TempDir Path data;

  private RedisServer redis;
  private ServiceProcess service;

  @BeforeEach
  void start() {
    redis = RedisServer.durable();
    service = ServiceProcess.startIn(data, Map.of("POSTHASTE_REDIS_URL", redis.url())).awaitReady();
  }

  @AfterEach
  void stop() {
    service.close();
    redis.close();
  }

  @Test
  void what_was_answered_survives_three_kills_of_redis_under_load() {
    Set<String> sent = ConcurrentHashMap.newKeySet();
    Set<String> acked = ConcurrentHashMap.newKeySet();
    List<String> twice = Collections.synchronizedList(new ArrayList<>());
    RemoteQueue kept = new RemoteQueue(service, "kept").define(POLICY);
    RemoteQueue cycled = new RemoteQueue(service, "cycled").define(POLICY);

    for (int i = 0; i < KILLS; i++) {
      AtomicInteger answered = new AtomicInteger();
      try (Crowd crowd = new Crowd()) {
        crowd.add(8, () -> kept.trySend(KIBIBYTE).ifPresent(sent::add));
        crowd.add(4, () -> cycled.trySend(KIBIBYTE));
        crowd.add(4, () -> answered.addAndGet(cycle(cycled, acked, twice)));
        Awaitility.await().atMost(BACK).until(() -> answered.get() > 200);
        pause(ThreadLocalRandom.current().nextInt(300));
        redis.kill();
        redis.startAgain();
      }
    }

    assertThat(sent.size()).isGreaterThan(1000);
    assertThat(sent).isSubsetOf(drain(kept));
    assertThat(drain(cycled)).doesNotContainAnyElementsOf(acked);
    assertThat(twice).isEmpty();
  }

  private static int cycle(RemoteQueue queue, Set<String> acked, List<String> twice) {
    try {
      List<Delivered> received = queue.receiveLater(5, "PT1S").join();
      received.stream().map(Delivered::id).filter(acked::contains).forEach(twice::add);
      List<Delivered> done = queue.tryAck(received);
      done.forEach(delivered -> acked.add(delivered.id()));
      return done.size();
    } catch (CompletionException | AssertionError _) {
      // Redis is down
      return 0;
    }
  }

  @Test
  void redis_that_is_gone_takes_its_own_queues_down_and_comes_back() {
    assertOutage(redis::kill, redis::startAgain);
  }

  @Test
  void redis_that_is_silent_takes_its_own_queues_down_and_comes_back() {
    assertOutage(redis::pause, redis::goOn);
  }

  private void assertOutage(Runnable begin, Runnable end) {
    RemoteQueue here = new RemoteQueue(service, "in-redis").define(POLICY);
    RemoteQueue other = new RemoteQueue(service, "in-postgres").define("{}");
    String stored = here.send();
    new RemoteQueue(service, "empty").define(POLICY);
    CompletableFuture<Answer> waiting =
        here.client().postLater("/v1/queues/empty/receive", "{\"wait\":\"PT20S\"}");
    assertReadiness("up");

    begin.run();

    for (String[] call :
        new String[][] {
          {"POST", here.path() + "/messages", "{\"payload\":1}"},
          {"POST", here.path() + "/messages", "{\"payload\":1}"},
          {"POST", here.path() + "/receive", "{}"},
          {"POST", here.path() + "/purge", ""},
          {"GET", here.path() + "/stats", ""},
          {"GET", here.path() + "/messages", ""},
          {"PUT", "/v1/queues/in-redis-too", POLICY},
        }) {
      long began = System.nanoTime();
      Answer answer = here.client().call(call[0], call[1], call[2]);
      assertThat(answer.status()).as(call[1]).isEqualTo(503);
      assertThat(answer.header("Retry-After")).as(call[1]).isNotEmpty();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).as(call[1]).isLessThan(ANSWERED);
    }
    assertThat(waiting.orTimeout(8, TimeUnit.SECONDS).join().status()).isEqualTo(503);
    assertReadiness("down");
    assertThat(here.client().get("/v1/providers").text())
        .contains("\"name\":\"redis\",\"enabled\":true,\"reachable\":false");
    String id = other.send();
    assertThat(other.receive(1, "PT5S")).extracting(Delivered::id).containsExactly(id);

    end.run();

    Awaitility.await().atMost(BACK).until(() -> here.trySend("{\"payload\":2}").isPresent());
    assertReadiness("up");
    assertThat(here.client().get("/v1/queues/in-redis-too").status()).isEqualTo(404);
    assertThat(drain(here)).contains(stored);
  }

  private void assertReadiness(String redisIs) {
    Answer answer = new RemoteQueue(service, "any").client().get("/q/health/ready");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().at("/checks").toString())
        .contains("\"redis\":\"" + redisIs + "\"")
        .contains("\"postgres\":\"up\"");
  }

  @Test
  void list_of_providers_tells_the_durability_of_the_server() {
    assertThat(new RemoteQueue(service, "any").client().get("/v1/providers").text())
        .contains(
            "\"name\":\"redis\",\"enabled\":true,\"reachable\":true,\"durability\":\"always\"");
    assertThat(service.output()).contains("redis durability=ALWAYS");
  }

  @Test
  void server_without_persistence_is_said_loudly() {
    try (RedisServer volatileServer = RedisServer.start("--appendonly", "no", "--save", "");
        ServiceProcess beside =
            ServiceProcess.startIn(
                    data.resolve("beside"), Map.of("POSTHASTE_REDIS_URL", volatileServer.url()))
                .awaitReady()) {
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(beside.output())
                      .contains("redis durability=NONE: A CRASH OR RESTART OF REDIS LOSES"));
      assertThat(new RemoteQueue(beside, "any").client().get("/v1/providers").text())
          .contains("\"durability\":\"none\"");
    }
  }

  @Test
  void dead_letters_reach_postgres() {
    RemoteQueue queue =
        new RemoteQueue(service, "dying").define("{\"provider\":\"redis\",\"maxAttempts\":1}");
    String id = queue.send();
    assertThat(queue.settle("reject", queue.receive(1, "PT5S"), ",\"reason\":\"no\""))
        .containsExactly("dead");

    Awaitility.await()
        .atMost(ANSWERED)
        .untilAsserted(
            () ->
                assertThat(queue.client().get("/v1/dead-letters/" + id).text())
                    .contains("\"queue\":\"dying\"", "\"reason\":\"no\""));
    assertThat(queue.client().get(queue.path() + "/stats").json().get("dead").asInt()).isOne();
  }

  /** All that is in the queue, until nothing is leased any more either. */
  private static Set<String> drain(RemoteQueue queue) {
    Set<String> ids = new HashSet<>();
    while (inQueue(queue) > 0) {
      List<Delivered> received = queue.receive(1000, "PT1S");
      if (!received.isEmpty()) {
        queue.ack(received);
      }
      received.forEach(delivered -> ids.add(delivered.id()));
    }
    return ids;
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
