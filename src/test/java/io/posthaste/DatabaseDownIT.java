package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.database.EmbeddedServer;
import io.posthaste.database.SharedPrograms;
import io.posthaste.rest.Client;
import io.posthaste.rest.Client.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service answers while its database is away, and how it comes back. */
@Tag("timed")
final class DatabaseDownIT {
  // Two seconds are promised; the rest is for a busy machine
  private static final Duration ANSWERED = Duration.ofMillis(2500);
  private static final Duration BACK = Duration.ofSeconds(30);
  private static final String UNKNOWN = "/01994a3e-0000-7000-8000-000000000000";

  @TempDir Path data;
  private EmbeddedServer database;

  @BeforeEach
  void start() {
    database = SharedPrograms.in(data).start();
  }

  @AfterEach
  void stop() {
    database.close();
  }

  @Test
  void service_answers_that_its_database_is_stopped_and_serves_again_when_it_is_back() {
    try (var service = service(database.url())) {
      RemoteQueue queue = new RemoteQueue(service, "q").define("{}");
      queue.send();
      List<Delivered> leased = queue.receive(1, "PT1S");

      database.close();
      assertDown(queue, leased);
      database = SharedPrograms.in(data).start();

      assertServed(queue);
    }
  }

  @Test
  void service_outlives_a_database_that_stands_still_or_crashes() {
    try (var service = service(database.url())) {
      RemoteQueue queue = new RemoteQueue(service, "q").define("{}");
      queue.send();
      List<Delivered> leased = queue.receive(1, "PT1S");

      List<ProcessHandle> processes = processes();
      signal("STOP", processes);
      assertDown(queue, leased);
      signal("CONT", processes);
      assertServed(queue);

      signal("STOP", processes());
      signal("KILL", processes());

      // The server that has crashed is started again by who started it
      assertServed(queue);
    }
  }

  @Test
  void service_gives_up_connections_that_no_longer_answer() {
    URI url = URI.create(database.url());
    try (Wire wire = Wire.to(url.getPort());
        var service =
            service(database.url().replace(":" + url.getPort() + "/", ":" + wire.port() + "/"))) {
      RemoteQueue queue = new RemoteQueue(service, "q").define("{}");
      queue.send();
      List<Delivered> leased = queue.receive(1, "PT1S");

      wire.cut();
      assertDown(queue, leased);
      wire.mend();

      assertServed(queue);
    }
  }

  @Test
  void service_replaces_connections_that_something_on_the_way_has_forgotten() {
    URI url = URI.create(database.url());
    try (Wire wire = Wire.to(url.getPort());
        var service =
            service(database.url().replace(":" + url.getPort() + "/", ":" + wire.port() + "/"))) {
      RemoteQueue queue = new RemoteQueue(service, "q").define("{}");
      queue.send();

      wire.forget();

      Awaitility.await().atMost(BACK).until(() -> queue.trySend("{\"payload\":1}").isPresent());
      assertServed(queue);
    }
  }

  private static ServiceProcess service(String url) {
    return ServiceProcess.start(Map.of("POSTHASTE_DATABASE_URL", url)).awaitReady();
  }

  private static void assertDown(RemoteQueue queue, List<Delivered> leased) {
    Client client = queue.client();
    String receipts = "{\"receipts\":[\"" + leased.getFirst().receipt() + "\"]";
    Map<String, CompletableFuture<Timed>> answers = new LinkedHashMap<>();
    for (String[] call :
        new String[][] {
          {"POST", queue.path() + "/messages", "{\"payload\":1}"},
          {"POST", queue.path() + "/messages", "{\"payload\":1,\"deduplicationId\":\"x\"}"},
          {"POST", queue.path() + "/messages/batch", "{\"messages\":[{\"payload\":1}]}"},
          {"POST", queue.path() + "/receive", "{}"},
          {"POST", queue.path() + "/receive", "{\"wait\":\"PT20S\"}"},
          {"POST", queue.path() + "/ack", receipts + "}"},
          {"POST", queue.path() + "/extend", receipts + ",\"lease\":\"PT1M\"}"},
          {"POST", queue.path() + "/release", receipts + "}"},
          {"POST", queue.path() + "/reject", receipts + "}"},
          {"POST", queue.path() + "/purge", ""},
          {"GET", queue.path() + "-never-seen", ""},
          {"GET", queue.path() + "/stats", ""},
          {"GET", queue.path() + "/messages", ""},
          {"GET", queue.path() + "/messages" + UNKNOWN, ""},
          {"DELETE", queue.path() + "/messages" + UNKNOWN, ""},
          {"PATCH", queue.path() + "/messages" + UNKNOWN, "{\"delay\":\"PT1S\"}"},
          {"PUT", queue.path(), "{}"},
          {"DELETE", queue.path(), ""},
          {"GET", "/v1/queues", ""},
          {"GET", "/v1/dead-letters", ""},
          {"GET", "/v1/dead-letters" + UNKNOWN, ""},
          {"DELETE", "/v1/dead-letters?queue=q", ""},
          {"POST", "/v1/dead-letters/replay", "{\"filter\":{}}"},
          {"POST", "/v1/dead-letters/replay", "{\"filter\":{},\"dryRun\":true}"},
          {"GET", "/v1/dead-letters/replays" + UNKNOWN, ""},
          {"GET", "/q/health/ready", ""},
          {"GET", "/q/health/live", ""},
          {"GET", "/q/metrics", ""},
        }) {
      answers.put(
          call[0] + " " + call[1] + " " + call[2],
          CompletableFuture.supplyAsync(() -> Timed.of(client, call), Thread::startVirtualThread));
    }
    SoftAssertions soft = new SoftAssertions();
    answers.forEach(
        (call, later) -> {
          Timed timed = later.join();
          Answer answer = timed.answer();
          soft.assertThat(timed.took()).as(call).isLessThan(ANSWERED);
          if (call.contains("/v1/")) {
            soft.assertThat(answer.status()).as(call).isEqualTo(503);
            soft.assertThat(answer.contentType()).as(call).isEqualTo("application/problem+json");
            soft.assertThat(answer.header("Retry-After")).as(call).isNotEmpty();
          } else {
            soft.assertThat(answer.status()).as(call).isEqualTo(call.contains("ready") ? 503 : 200);
          }
        });
    soft.assertAll();
  }

  private record Timed(Answer answer, Duration took) {
    static Timed of(Client client, String[] call) {
      long began = System.nanoTime();
      Answer answer = client.call(call[0], call[1], call[2]);
      return new Timed(answer, Duration.ofNanos(System.nanoTime() - began));
    }
  }

  private static void assertReady(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private static void assertServed(RemoteQueue queue) {
    Awaitility.await()
        .atMost(BACK)
        .untilAsserted(() -> assertReady(queue.client().get("/q/health/ready")));
    // One more connection may turn out to be lost, and its statement is a 503
    Awaitility.await().atMost(BACK).until(() -> queue.trySend("{\"payload\":1}").isPresent());
    Awaitility.await()
        .atMost(BACK)
        .untilAsserted(() -> assertThat(manyReads(queue)).containsOnly(200));
    String id = queue.send();
    List<Delivered> received = queue.receive(100, "PT10S");
    assertThat(received).extracting(Delivered::id).contains(id);
    assertThat(queue.ack(received)).containsOnly("acked");
  }

  /** As many at once as there are connections, so that each is tried. */
  private static List<Integer> manyReads(RemoteQueue queue) {
    List<CompletableFuture<Integer>> reads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      reads.add(
          CompletableFuture.supplyAsync(
              () -> queue.client().get(queue.path() + "/stats").status(),
              Thread::startVirtualThread));
    }
    return reads.stream().map(CompletableFuture::join).toList();
  }

  private List<ProcessHandle> processes() {
    try {
      long postmaster =
          Long.parseLong(Files.readAllLines(data.resolve("pg/postmaster.pid")).getFirst().strip());
      ProcessHandle main = ProcessHandle.of(postmaster).orElseThrow();
      return Stream.concat(Stream.of(main), main.descendants()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void signal(String name, List<ProcessHandle> processes) {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    try {
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
