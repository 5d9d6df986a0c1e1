package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.RemoteQueue.Delivered;
import io.posthaste.rest.Client.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/**
 * Senders and receivers of one queue that go on through every fault, and the account of what they
 * were answered.
 */
final class FaultLoad {
  /** In which a caller is promised an answer, whatever happens. */
  private static final Duration ANSWERED = Duration.ofSeconds(5);

  private static final Duration SEND_EVERY = Duration.ofMillis(15);
  private static final String MESSAGE = "{\"payload\":\"%s\"}".formatted("x".repeat(500));

  private final Set<String> sent = ConcurrentHashMap.newKeySet();
  private final Map<String, List<Integer>> attempts = new ConcurrentHashMap<>();
  private final Set<String> acked = ConcurrentHashMap.newKeySet();
  private final Set<String> ackedAgain = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<String> refusals = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();
  private volatile int refused;

  /** Some hundred messages a second through one replica, as long as the crowd goes on. */
  void through(Supplier<RemoteQueue> replica, Crowd crowd) {
    crowd.add(2, () -> send(replica.get()));
    crowd.add(2, () -> cycle(replica.get()));
  }

  void send(RemoteQueue queue) {
    call(queue, "/messages", MESSAGE, 201, Duration.ZERO).ifPresent(it -> sent.add(it.at("id")));
    pause(SEND_EVERY);
  }

  /** Receives some and acks them. */
  void cycle(RemoteQueue queue) {
    List<Delivered> received = receive(queue, "{\"max\":10,\"wait\":\"PT1S\"}");
    if (!received.isEmpty()) {
      ack(queue, received);
    }
  }

  List<Delivered> receive(RemoteQueue queue, String wish) {
    List<Delivered> received =
        call(queue, "/receive", wish, 200, Duration.ofSeconds(1))
            .map(RemoteQueue::deliveries)
            .orElse(List.of());
    for (Delivered one : received) {
      attempts
          .computeIfAbsent(one.id(), _ -> java.util.Collections.synchronizedList(new ArrayList<>()))
          .add(one.attempt());
    }
    return received;
  }

  /** The outcomes, if there was an answer. */
  List<String> ack(RemoteQueue queue, List<Delivered> received) {
    List<String> outcomes =
        call(queue, "/ack", RemoteQueue.receipts(received, ""), 200, Duration.ZERO)
            .map(it -> it.each("results", "outcome"))
            .orElse(List.of());
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i).equals("acked") && !acked.add(received.get(i).id())) {
        ackedAgain.add(received.get(i).id());
      }
    }
    return outcomes;
  }

  // Whatever goes wrong is a 503 in time, but for a replica that is killed
  private Optional<Answer> call(
      RemoteQueue queue, String path, String body, int good, Duration waits) {
    long began = System.nanoTime();
    try {
      Answer answer = queue.client().post(queue.path() + path, body);
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      if (took.compareTo(ANSWERED.plus(waits)) > 0) {
        broken.add(path + " took " + took);
      }
      if (answer.status() == good) {
        return Optional.of(answer);
      }
      refused++;
      refusals.add(path + " " + answer.status() + " after " + took.toMillis());
      if (answer.status() != 503 || answer.header("Retry-After").isEmpty()) {
        broken.add(path + " " + answer.status() + " " + answer.text());
      }
    } catch (UncheckedIOException | CompletionException _) {
      refused++;
    }
    pause(Duration.ofMillis(50));
    return Optional.empty();
  }

  int refused() {
    return refused;
  }

  int sent() {
    return sent.size();
  }

  /** How often it was handed out, as which attempts. */
  List<Integer> attempts(String id) {
    return attempts.getOrDefault(id, List.of());
  }

  /** What was sent with success and has not come yet. */
  List<String> missing() {
    return sent.stream().filter(id -> !attempts.containsKey(id)).toList();
  }

  /** All that was sent with success is received, and nothing twice without a mark. */
  void assertAccount() {
    assertThat(broken).isEmpty();
    assertThat(missing()).isEmpty();
    attempts.forEach(
        (id, seen) ->
            assertThat(seen.stream().filter(attempt -> attempt == 1).count())
                .as("%s came as attempts %s", id, seen)
                .isLessThan(2));
  }

  private static void pause(Duration span) {
    Awaitility.await().pollDelay(span).pollInterval(Duration.ofMillis(1)).until(() -> true);
  }
}
