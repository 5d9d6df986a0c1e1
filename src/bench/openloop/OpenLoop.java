import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a message at a fixed mean rate and reports latencies without coordinated omission: every request has its intended
 * start, drawn in advance, and its latency counts from there, also when all workers were busy by then.
 *
 * <p>{@code java -cp CLIENTS OpenLoop URL RATE SECONDS SKIP WORKERS PAYLOAD-FILE}; requests meant for the first SKIP seconds are
 * sent but not counted. The URL's scheme says how they are sent: {@code http} posts to Posthaste, {@code amqp} and {@code redis} use
 * the broker directly. The arrivals are Poisson, as those of {@code pgbench -R}, so that both are held against the same
 * schedule. Known weakness: a thread that sleeps until its start wakes some 0.06 ms late, and that counts too.
 */
final class OpenLoop {
  private static final long ABANDON_AFTER = 10_000_000_000L;

  private final Server server;
  private final long[] intended;
  private final long[] latency;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger errors = new AtomicInteger();
  private volatile long begin;

  OpenLoop(Server server, long[] intended) {
    this.server = server;
    this.intended = intended;
    latency = new long[intended.length];
    Arrays.fill(latency, Long.MAX_VALUE); // what is never answered
  }

  static void main(String[] arguments) throws Exception {
    int rate = Integer.parseInt(arguments[1]);
    int seconds = Integer.parseInt(arguments[2]);
    int skip = Integer.parseInt(arguments[3]);
    byte[] body = Files.readAllBytes(Path.of(arguments[5]));
    try (Server server = Server.at(URI.create(arguments[0]), body)) {
      OpenLoop load = new OpenLoop(server, poisson(rate, seconds));
      load.run(Integer.parseInt(arguments[4]));
      load.report(seconds, skip);
    }
  }

  /** Nanoseconds from the beginning at which each request is meant to start. */
  private static long[] poisson(int rate, int seconds) {
    Random random = new Random(25);
    long[] starts = new long[rate * seconds];
    double at = 0;
    for (int i = 0; i < starts.length; i++) {
      at -= Math.log(1 - random.nextDouble()) * 1e9 / rate;
      starts[i] = (long) at;
    }
    return starts;
  }

  private void run(int workers) throws InterruptedException {
    Thread[] threads = new Thread[workers];
    begin = System.nanoTime() + 200_000_000L;
    for (int i = 0; i < workers; i++) threads[i] = Thread.ofPlatform().daemon().start(this::work);
    long end = begin + intended[intended.length - 1] + 2 * ABANDON_AFTER;
    for (Thread thread : threads) {
      if (!thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) errors.incrementAndGet();
    }
  }

  /** One worker: whichever is free takes the next start, late or not. */
  private void work() {
    int mine = next.getAndIncrement();
    while (mine < intended.length) {
      try (Server.Line line = server.line()) {
        for (; mine < intended.length; mine = next.getAndIncrement()) {
          long start = begin + intended[mine];
          if (System.nanoTime() - start > ABANDON_AFTER) continue;
          for (long wait; (wait = start - System.nanoTime()) > 0; ) LockSupport.parkNanos(wait);
          if (!line.send()) errors.incrementAndGet();
          latency[mine] = System.nanoTime() - start;
        }
      } catch (IOException | RuntimeException | InterruptedException broken) {
        errors.incrementAndGet();
        mine = next.getAndIncrement();
      }
    }
  }

  private void report(int seconds, int skip) {
    int first = Arrays.binarySearch(intended, skip * 1_000_000_000L);
    first = first < 0 ? -first - 1 : first;
    long end = seconds * 1_000_000_000L;
    int kept = 0;
    for (int i = 0; i < intended.length; i++) {
      if (latency[i] < Long.MAX_VALUE && intended[i] + latency[i] <= end + 1_000_000_000L) kept++;
    }
    long[] counted = Arrays.copyOfRange(latency, first, latency.length);
    Arrays.sort(counted);
    System.out.printf(
        Locale.ROOT,
        "RESULT {\"requests\":%d,\"kept\":%.4f,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f,\"broken\":%d}%n",
        intended.length, (double) kept / intended.length, percentile(counted, 50), percentile(counted, 99),
        percentile(counted, 99.9), percentile(counted, 100), errors.get());
  }

  private static double percentile(long[] sorted, double percent) {
    return sorted[(int) Math.ceil(sorted.length * percent / 100) - 1] / 1e6;
  }
}
