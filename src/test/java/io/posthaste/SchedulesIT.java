package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.database.EmbeddedServer;
import io.posthaste.database.SharedPrograms;
import io.posthaste.database.SqlSession;
import io.posthaste.rest.Client;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Schedules of two services on one database, of which one is killed. */
final class SchedulesIT {
  private static final int SCHEDULES = 1500;
  private static final Duration LIMIT = Duration.ofSeconds(40);

  @TempDir static Path data;
  private static EmbeddedServer database;
  private static ServiceProcess survivor;

  @BeforeAll
  static void start() {
    database = SharedPrograms.in(data).start();
    survivor = replica().awaitReady();
  }

  private static ServiceProcess replica() {
    return ServiceProcess.start(Map.of("POSTHASTE_DATABASE_URL", database.url()));
  }

  @AfterAll
  static void stop() {
    survivor.close();
    database.close();
  }

  private static void put(Client client, String schedule, String timing, String queue) {
    Client.Answer answer =
        client.put(
            "/v1/schedules/" + schedule,
            "{%s,\"missed\":\"all\",\"target\":{\"queue\":\"%s\"},\"message\":{\"payload\":\"{{name}}\"}}"
                .formatted(timing, queue));
    assertThat(answer.status()).as(answer.text()).isIn(200, 201);
  }

  @Test
  void each_occurrence_is_sent_once_although_a_replica_is_killed_in_the_burst() {
    String name = "burst";
    RemoteQueue queue = new RemoteQueue(survivor, name).define("{}");
    try (ServiceProcess victim = replica().awaitReady()) {
      Instant at = Instant.now().plusSeconds(25);
      try (ExecutorService putters = Executors.newFixedThreadPool(16)) {
        for (int i = 0; i < SCHEDULES; i++) {
          String schedule = name + "-" + i;
          putters.submit(() -> put(queue.client(), schedule, "\"at\":\"" + at + "\"", name));
        }
      }
      assertThat(Instant.now()).as("all are made in time").isBefore(at);

      int millis = ThreadLocalRandom.current().nextInt(250);
      Awaitility.await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> Instant.now().isAfter(at.plusMillis(millis)));
      victim.kill();
    }

    List<String> received = new ArrayList<>();
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              List<Delivered> some = queue.receive(1000, "PT1S");
              some.forEach(delivered -> received.add(delivered.payload()));
              return received.size() >= SCHEDULES;
            });
    assertThat(queue.receive(1, "PT1S")).isEmpty();
    assertThat(received).doesNotHaveDuplicates().hasSize(SCHEDULES);
    assertThat(
            SqlSession.at(database.url())
                .query(
                    "SELECT count(*) FROM occurrence o JOIN schedule s ON s.id = o.schedule"
                        + " WHERE o.outcome = 'fired' AND s.queue = '"
                        + name
                        + "'"))
        .isEqualTo(Integer.toString(SCHEDULES));
  }

  @Test
  void repeating_schedules_go_on_without_a_gap_or_a_repeat_when_a_replica_dies() {
    RemoteQueue queue = new RemoteQueue(survivor, "steady").define("{}");
    try (ServiceProcess victim = replica().awaitReady()) {
      Client onVictim = new Client(victim.uri("/"));
      for (int i = 0; i < 20; i++) {
        put(onVictim, "steady-" + i, "\"every\":\"PT1S\",\"limit\":6", "steady");
      }
      Awaitility.await().atMost(LIMIT).until(() -> fired("steady") >= 40);
      victim.kill();
    }

    Awaitility.await().atMost(LIMIT).until(() -> fired("steady") == 120);
    Set<String> ids = new HashSet<>();
    List<Delivered> all = queue.receive(1000, "PT1S");
    all.forEach(delivered -> ids.add(delivered.id()));
    assertThat(all).hasSize(120);
    assertThat(ids).hasSize(120);
    assertThat(
            queue.client().get("/v1/schedules?queue=steady&state=finished").each("items", "name"))
        .hasSize(20);
  }

  private static int fired(String queue) {
    return Integer.parseInt(
        SqlSession.at(database.url())
            .query(
                "SELECT count(*) FROM occurrence o JOIN schedule s ON s.id = o.schedule"
                    + " WHERE o.outcome = 'fired' AND s.queue = '"
                    + queue
                    + "'"));
  }

  @Test
  void change_on_one_replica_holds_on_all_of_them_once_it_is_answered() {
    RemoteQueue queue = new RemoteQueue(survivor, "changing").define("{}");
    try (ServiceProcess other = replica().awaitReady()) {
      Client onOther = new Client(other.uri("/"));
      put(onOther, "changing", "\"every\":\"PT1S\"", "changing");
      assertThat(queue.receive(1, "PT5S")).hasSize(1);

      put(queue.client(), "changing", "\"every\":\"PT1H\"", "changing");
      int then = fired("changing");
      queue.receive(1000, "PT0S");
      assertThat(queue.receive(1, "PT3S")).isEmpty();
      assertThat(fired("changing")).isEqualTo(then);

      Instant soon = Instant.now().plusMillis(1500);
      put(onOther, "changing", "\"at\":\"" + soon + "\"", "changing");
      assertThat(queue.receive(1, "PT5S")).hasSize(1);
      assertThat(Duration.between(soon, Instant.now())).isLessThan(Duration.ofSeconds(1));
    }
  }
}
