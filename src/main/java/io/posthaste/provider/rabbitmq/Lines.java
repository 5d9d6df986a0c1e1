package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import io.posthaste.message.Delivery;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The line of each queue that somebody receives from, and the channels that can be closed. */
final class Lines {
  private static final Duration ANSWER = Duration.ofSeconds(4);
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final Line.Services services;
  private final Holdings holdings;
  private final Map<Integer, Used> lines = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  private record Used(Line line, long last) {}

  Lines(Line.Services services, Holdings holdings) {
    this.services = services;
    this.holdings = holdings;
  }

  void start() {
    services
        .threads()
        .timer()
        .scheduleWithFixedDelay(
            () -> services.threads().virtual().execute(this::closeIdle),
            IDLE.toMillis(),
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request) {
    return Uni.createFrom()
        .emitter(emitter -> receive(new Waiter(queue, request, emitter), emitter));
  }

  private void receive(Waiter waiter, UniEmitter<? super List<Delivery>> emitter) {
    if (stopped) {
      emitter.complete(List.of());
      return;
    }
    Line line = line(waiter.queue());
    emitter.onTermination(
        () -> {
          if (waiter.claim()) {
            line.left();
          }
        });
    Duration patience = waiter.waits() ? waiter.request().waitTime() : ANSWER;
    waiter.deadline(
        services
            .threads()
            .timer()
            .schedule(() -> late(waiter, line), patience.toNanos(), TimeUnit.NANOSECONDS));
    line.add(waiter);
  }

  private Line line(Queue queue) {
    // Whether it was used is noted under the same lock as that it is removed
    Used used =
        lines.compute(
            queue.id(),
            (_, known) ->
                new Used(
                    known == null ? new Line(queue, services) : known.line(), System.nanoTime()));
    return used.line();
  }

  private static void late(Waiter waiter, Line line) {
    if (waiter.waits()) {
      waiter.answerEmpty();
    } else {
      waiter.fail(new ProviderUnavailable(RabbitQueueProvider.NAME, null));
    }
    line.left();
  }

  private void closeIdle() {
    long before = System.nanoTime() - IDLE.toNanos();
    List<Line> idle = new ArrayList<>();
    for (int queue : lines.keySet()) {
      lines.computeIfPresent(
          queue,
          (_, used) -> {
            if (used.last() - before > 0 || !used.line().isIdle() || holdings.count(queue) > 0) {
              return used;
            }
            idle.add(used.line());
            return null;
          });
    }
    idle.forEach(this::close);
  }

  /**
   * The queue is to be removed; its leases are worth nothing. Answers its receivers, and waits so
   * long at most until the broker is asked nothing more for them. The line stays for a while, for
   * those who come late. Blocking.
   */
  void end(Queue queue, Duration patience) throws InterruptedException {
    Line line = line(queue);
    line.end();
    holdings.forget(queue.id());
    if (line.awaitIdle(patience)) {
      close(line);
    }
  }

  private void close(Line line) {
    Channel channel = line.channel();
    if (channel != null) {
      services.channels().discard(channel);
    }
  }

  /** Answers everybody who waits, now and from here on. */
  void stop() {
    stopped = true;
    lines.values().forEach(used -> used.line().answerAll());
  }
}
