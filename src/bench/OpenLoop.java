import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Posts a message at a fixed mean rate and reports latencies without coordinated omission: every request has its intended
 * start, drawn in advance, and its latency counts from there, also when all connections were busy by then.
 *
 * <p>{@code java OpenLoop.java URL RATE SECONDS SKIP CONNECTIONS BODY-FILE}; requests meant for the first SKIP seconds are sent
 * but not counted. The arrivals are Poisson, as those of {@code pgbench -R}, so that both are held against the same
 * schedule. Known weakness: a thread that sleeps until its start wakes some 0.06 ms late, and that counts too.
 */
final class OpenLoop {
  private static final long ABANDON_AFTER = 10_000_000_000L;

  private final InetSocketAddress address;
  private final byte[] request;
  private final long[] intended;
  private final long[] latency;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger errors = new AtomicInteger();
  private volatile long begin;

  OpenLoop(URI target, byte[] body, long[] intended) {
    address = new InetSocketAddress(target.getHost(), target.getPort());
    String head =
        "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(target.getPath(), target.getAuthority(), body.length);
    request = Arrays.copyOf(head.getBytes(ISO_8859_1), head.length() + body.length);
    System.arraycopy(body, 0, request, head.length(), body.length);
    this.intended = intended;
    latency = new long[intended.length];
  }

  static void main(String[] arguments) throws Exception {
    int rate = Integer.parseInt(arguments[1]);
    int seconds = Integer.parseInt(arguments[2]);
    int skip = Integer.parseInt(arguments[3]);
    byte[] body = Files.readAllBytes(Path.of(arguments[5]));
    OpenLoop load = new OpenLoop(URI.create(arguments[0]), body, poisson(rate, seconds));
    load.run(Integer.parseInt(arguments[4]));
    load.report(seconds, skip);
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

  private void run(int connections) throws InterruptedException {
    Thread[] threads = new Thread[connections];
    begin = System.nanoTime() + 200_000_000L;
    for (int i = 0; i < connections; i++) threads[i] = Thread.ofPlatform().start(this::connection);
    for (Thread thread : threads) thread.join();
  }

  /** One connection: whichever is free takes the next start, late or not. */
  private void connection() {
    int mine = next.getAndIncrement();
    while (mine < intended.length) {
      try (Socket socket = new Socket()) {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        socket.connect(address);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        for (; mine < intended.length; mine = next.getAndIncrement()) {
          long start = begin + intended[mine];
          if (System.nanoTime() - start > ABANDON_AFTER) {
            latency[mine] = Long.MAX_VALUE;
            continue;
          }
          for (long wait; (wait = start - System.nanoTime()) > 0; ) LockSupport.parkNanos(wait);
          socket.getOutputStream().write(request);
          if (status(in) != 201) errors.incrementAndGet();
          latency[mine] = System.nanoTime() - start;
        }
      } catch (IOException broken) {
        latency[mine] = Long.MAX_VALUE;
        errors.incrementAndGet();
        mine = next.getAndIncrement();
      }
    }
  }

  /** Reads one response to its end. */
  private static int status(InputStream in) throws IOException {
    int status = Integer.parseInt(line(in).split(" ")[1]);
    int length = -1;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).strip());
      }
    }
    if (length < 0) throw new IOException("response without Content-Length");
    in.skipNBytes(length);
    return status;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) throw new EOFException();
      if (c != '\r') line.append((char) c);
    }
    return line.toString();
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
