package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.database.EmbeddedServer;
import io.posthaste.database.SharedPrograms;
import io.posthaste.database.SqlSession;
import io.posthaste.provider.rabbitmq.RabbitCluster;
import io.posthaste.provider.rabbitmq.RabbitNode;
import io.posthaste.rest.Client;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two replicas on a RabbitMQ cluster of three, under load, of whose parts one after the other is
 * killed or silenced and comes back.
 */
final class RabbitClusterIT {
  private static final Duration BACK = Duration.ofSeconds(45);
  private static final AtomicInteger QUEUES = new AtomicInteger();
  private static final Pattern CONNECTED =
      Pattern.compile("connected link=posthaste-consume node=[^ ]*:(\\d+)");
  private static final String POLICY =
      "{\"provider\":\"rabbitmq\",\"lease\":\"PT10M\",\"maxAttempts\":50,\"retry\":{\"strategy\":\"none\"}}";

  @TempDir static Path data;
  private static RabbitCluster cluster;
  private static EmbeddedServer database;
  private static ServiceProcess a;
  private static ServiceProcess b;

  private final String name = "faults-" + QUEUES.incrementAndGet();
  private final FaultLoad load = new FaultLoad();
  private volatile RemoteQueue queueOnA;

  @BeforeAll
  static void start() {
    database = SharedPrograms.in(data).start();
    cluster = RabbitCluster.start(Path.of("target/rabbit-cluster"));
    a = replica();
    b = replica();
    b.awaitReady();
  }

  @BeforeEach
  void replace() {
    if (a.ended()) {
      a = replica();
    }
    a.awaitReady();
    queueOnA = new RemoteQueue(a, name);
  }

  private static ServiceProcess replica() {
    return ServiceProcess.start(
        Map.of("POSTHASTE_DATABASE_URL", database.url(), "POSTHASTE_RABBITMQ_URL", cluster.url()));
  }

  @AfterAll
  static void stop() {
    a.close();
    b.close();
    cluster.close();
    database.close();
  }

  private RemoteQueue onA() {
    return queueOnA;
  }

  private RemoteQueue onB() {
    return new RemoteQueue(b, name);
  }

  /** The node that a replica receives from at the moment. */
  private static RabbitNode nodeOf(ServiceProcess replica) {
    List<MatchResult> all = CONNECTED.matcher(replica.output()).results().toList();
    return cluster.at(Integer.parseInt(all.getLast().group(1)));
  }

  private static RabbitNode another(RabbitNode than) {
    return cluster.nodes().stream().filter(node -> node != than).findFirst().orElseThrow();
  }

  /** A queue whose leader is on that node, with load on it. */
  private Crowd crowdOn(RabbitNode leader) {
    RabbitCluster.declare(name, leader);
    onA().define(POLICY);
    Crowd crowd = new Crowd();
    load.through(this::onA, crowd);
    load.through(this::onB, crowd);
    return crowd;
  }

  private void awaitSent(int more) {
    int before = load.sent();
    Awaitility.await().atMost(BACK).until(() -> load.sent() >= before + more);
  }

  /** Both replicas send and receive again, at last without a refusal. */
  private void awaitServed() {
    Awaitility.await()
        .atMost(BACK)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              int before = load.refused();
              awaitSent(100);
              return load.refused() == before;
            });
  }

  /** Receives until all has come that was sent. */
  private void drain() {
    Awaitility.await()
        .atMost(BACK)
        .until(
            () -> {
              load.cycle(onA());
              load.cycle(onB());
              return load.missing().isEmpty();
            });
    load.assertAccount();
  }

  /** What was held is settled now, or had been given back. */
  private void assertSettledOrBack(List<Delivered> held) {
    List<String> outcomes = load.ack(onA(), held);
    assertThat(outcomes).hasSameSizeAs(held);
    for (int i = 0; i < held.size(); i++) {
      assertThat(outcomes.get(i)).isIn("acked", "lease-lost");
      if (outcomes.get(i).equals("lease-lost")) {
        awaitAgain(held.get(i));
      }
    }
  }

  private void awaitAgain(Delivered lost) {
    Awaitility.await()
        .atMost(BACK)
        .until(
            () -> {
              load.cycle(onB());
              return load.attempts(lost.id()).size() > 1;
            });
  }

  @Test
  void leader_that_is_killed_loses_nothing_and_its_leases_come_back() {
    RabbitNode leader = nodeOf(a);
    List<Delivered> held;
    try (Crowd crowd = crowdOn(leader)) {
      awaitSent(100);
      held = load.receive(onA(), "{\"max\":10,\"wait\":\"PT5S\"}");

      leader.kill();
      leader.restart();

      awaitServed();
      assertBack(held);
    }
    drain();
    assertSettledOrBack(held);
  }

  // The node took the connection with it, by which they were held
  private void assertBack(List<Delivered> held) {
    assertThat(held).isNotEmpty();
    Awaitility.await()
        .atMost(BACK)
        .untilAsserted(
            () ->
                assertThat(held)
                    .allSatisfy(one -> assertThat(load.attempts(one.id())).hasSizeGreaterThan(1)));
  }

  @Test
  void node_that_falls_silent_is_left_for_another() {
    assertSilenceOutlived(nodeOf(a), Duration.ofSeconds(12));
  }

  @Test
  void leader_that_falls_silent_elsewhere_is_replaced() {
    assertSilenceOutlived(another(nodeOf(a)), Duration.ofSeconds(7));
  }

  private void assertSilenceOutlived(RabbitNode silent, Duration silence) {
    List<Delivered> held;
    try (Crowd crowd = crowdOn(silent)) {
      awaitSent(100);
      held = load.receive(onA(), "{\"max\":10,\"wait\":\"PT5S\",\"lease\":\"PT15S\"}");

      silent.signal("STOP");
      pause(silence);
      silent.signal("CONT");

      awaitServed();
    }
    drain();
    assertSettledOrBack(held);
  }

  @Test
  void queue_without_a_majority_refuses_until_there_is_one_again() {
    RabbitNode left = nodeOf(a);
    List<RabbitNode> others = cluster.nodes().stream().filter(node -> node != left).toList();
    try (Crowd crowd = crowdOn(left)) {
      awaitSent(100);

      others.forEach(RabbitNode::kill);
      int before = load.sent();
      pause(Duration.ofSeconds(8));
      // What was about to be stored at that moment may have been
      assertThat(load.sent() - before).isLessThan(100);
      assertThat(load.refused()).isPositive();
      RabbitCluster.restart(others);

      awaitServed();
    }
    drain();
  }

  @Test
  void leases_of_a_quiet_queue_come_back_with_their_node() {
    RabbitNode node = nodeOf(a);
    RabbitCluster.declare(name, another(node));
    onA().define(POLICY);
    for (int i = 0; i < 10; i++) {
      load.send(onA());
    }
    List<Delivered> held = load.receive(onA(), "{\"max\":10,\"wait\":\"PT5S\"}");
    assertThat(held).hasSize(10);

    node.kill();
    node.restart();

    Awaitility.await()
        .atMost(BACK)
        .untilAsserted(
            () -> {
              load.receive(onB(), "{\"max\":10,\"wait\":\"PT1S\"}");
              assertThat(held).allSatisfy(one -> assertThat(load.attempts(one.id())).contains(2));
            });
  }

  @Test
  void replica_that_is_killed_under_load_loses_nothing() {
    try (Crowd crowd = crowdOn(nodeOf(b))) {
      for (int i = 0; i < 2; i++) {
        awaitSent(100);
        List<Delivered> held = load.receive(onA(), "{\"max\":10,\"wait\":\"PT5S\"}");
        pause(Duration.ofMillis(ThreadLocalRandom.current().nextInt(100)));
        a.kill();
        assertBack(held);
        replace();
      }
      awaitServed();
    }
    drain();
  }

  @Test
  void replica_that_is_killed_between_confirm_and_answer_sends_nothing_twice_when_asked_again() {
    RabbitCluster.declare(name, nodeOf(b));
    onA().define(POLICY);
    List<CompletableFuture<Client.Answer>> unanswered = confirmedUnanswered(20);

    a.kill();
    assertThat(unanswered).allSatisfy(answer -> assertThat(answer).failsWithin(BACK));
    List<String> ids = IntStream.range(0, 20).mapToObj(i -> onB().send(once(i))).toList();

    List<Delivered> received = new ArrayList<>();
    Awaitility.await()
        .atMost(BACK)
        .until(
            () -> {
              received.addAll(onB().receive(100, "PT2S"));
              return received.size() >= 20 && onB().receive(100, "PT2S").isEmpty();
            });
    assertThat(received).extracting(Delivered::id).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(received).extracting(Delivered::payload).doesNotHaveDuplicates();
  }

  private static String once(int number) {
    return "{\"payload\":%d,\"deduplicationId\":\"once-%d\"}".formatted(number, number);
  }

  /** Sends through a stopped replica, whose messages the broker has confirmed. */
  private List<CompletableFuture<Client.Answer>> confirmedUnanswered(int count) {
    signalNodes("STOP");
    List<CompletableFuture<Client.Answer>> answers =
        IntStream.range(0, count)
            .mapToObj(i -> onA().client().postLater(onA().path() + "/messages", once(i)))
            .toList();
    SqlSession sql = SqlSession.at(database.url());
    Awaitility.await()
        .atMost(BACK)
        .until(
            () -> sql.query("SELECT count(*) FROM deduplication WHERE pending").equals("" + count));
    // Written as well, though RabbitMQ does not read it yet
    pause(Duration.ofMillis(300));
    a.pause();
    signalNodes("CONT");
    Awaitility.await()
        .atMost(BACK)
        .until(
            () -> {
              Client.Answer stats = onB().client().get(onB().path() + "/stats");
              return stats.status() == 200 && stats.json().get("available").asInt() == count;
            });
    assertThat(answers).noneMatch(CompletableFuture::isDone);
    return answers;
  }

  private static void signalNodes(String signal) {
    cluster.nodes().forEach(node -> node.signal(signal));
  }

  private static void pause(Duration span) {
    Awaitility.await()
        .pollDelay(span)
        .pollInterval(Duration.ofMillis(1))
        .atMost(span.plusSeconds(5))
        .until(() -> true);
  }
}
