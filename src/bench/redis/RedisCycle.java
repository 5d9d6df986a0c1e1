import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The full cycle in Redis used directly: 64 clients XADD, four take ten at a time by XREADGROUP, and XACK and XDEL them.
 *
 * <p>Senders pause while {@link #MOST_WAITING} messages wait, lest the receivers starve.
 *
 * <p>{@code java RedisCycle PORT STREAM SECONDS PAYLOAD-FILE}; the stream is deleted at the end.
 */
final class RedisCycle {
  private static final int SENDERS = 64;
  private static final int RECEIVERS = 4;
  private static final int MOST_WAITING = 1000;

  private final int port;
  private final String stream;
  private final byte[] payload;
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final LongAdder sent = new LongAdder();
  private final LongAdder acked = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private volatile long end = Long.MAX_VALUE;

  private RedisCycle(int port, String stream, byte[] payload) {
    this.port = port;
    this.stream = stream;
    this.payload = payload;
  }

  static void main(String[] arguments) throws Exception {
    new RedisCycle(Integer.parseInt(arguments[0]), arguments[1], Files.readAllBytes(Path.of(arguments[3])))
        .run(Integer.parseInt(arguments[2]));
  }

  private void run(int seconds) throws IOException, InterruptedException {
    try (Client client = new Client()) {
      client.ask(words("XGROUP", "CREATE", stream, "bench", "0", "MKSTREAM"));
      end = System.nanoTime() + seconds * 1_000_000_000L;
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < SENDERS; i++) threads.add(Thread.ofPlatform().start(() -> work(this::send)));
      for (int i = 0; i < RECEIVERS; i++) threads.add(Thread.ofPlatform().start(() -> work(this::receive)));
      for (Thread thread : threads) thread.join();
      client.ask(words("DEL", stream));
    }
    System.out.printf(
        Locale.ROOT,
        "RESULT {\"requests\":%d,\"rate\":%.1f,\"broken\":%d}%n",
        sent.sum(), Math.min(sent.sum(), acked.sum()) / (double) seconds, broken.sum());
  }

  /** What one client does all the time. */
  private interface Step {
    void run(Client client) throws IOException, InterruptedException;
  }

  private void work(Step step) {
    try (Client client = new Client()) {
      while (System.nanoTime() < end) step.run(client);
    } catch (IOException | InterruptedException e) {
      broken.increment();
    }
  }

  private void send(Client client) throws IOException, InterruptedException {
    if (!room.tryAcquire(10, TimeUnit.MILLISECONDS)) return;
    ByteArrayOutputStream request = new ByteArrayOutputStream(payload.length + 100);
    request.write("*5\r\n".getBytes(ISO_8859_1));
    for (String word : new String[] {"XADD", stream, "*", "payload"}) bulk(request, word.getBytes(ISO_8859_1));
    bulk(request, payload);
    client.ask(request.toByteArray());
    sent.increment();
  }

  private void receive(Client client) throws IOException {
    List<String> ids = new ArrayList<>();
    client.ask(words("XREADGROUP", "GROUP", "bench", "bench", "COUNT", "10", "BLOCK", "10", "STREAMS", stream, ">"), ids);
    if (ids.isEmpty()) return;
    // In one write, as a client that pipelines does
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(settle("XACK", "bench", ids));
    both.write(settle("XDEL", null, ids));
    client.write(both.toByteArray());
    client.answer(null);
    client.answer(null);
    acked.add(ids.size());
    room.release(ids.size());
  }

  private byte[] settle(String command, String group, List<String> ids) throws IOException {
    List<String> all = new ArrayList<>(List.of(command, stream));
    if (group != null) all.add(group);
    all.addAll(ids);
    return words(all.toArray(String[]::new));
  }

  private static byte[] words(String... words) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(("*" + words.length + "\r\n").getBytes(ISO_8859_1));
    for (String word : words) bulk(out, word.getBytes(ISO_8859_1));
    return out.toByteArray();
  }

  private static void bulk(ByteArrayOutputStream out, byte[] bytes) throws IOException {
    out.write(("$" + bytes.length + "\r\n").getBytes(ISO_8859_1));
    out.write(bytes);
    out.write("\r\n".getBytes(ISO_8859_1));
  }

  /** One connection; as much of the protocol as the cycle needs. */
  private final class Client implements AutoCloseable {
    private final Socket socket = new Socket("127.0.0.1", port);
    private final InputStream in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);

    Client() throws IOException {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(10_000);
    }

    void write(byte[] request) throws IOException {
      socket.getOutputStream().write(request);
    }

    void ask(byte[] request) throws IOException {
      ask(request, null);
    }

    void ask(byte[] request, List<String> ids) throws IOException {
      write(request);
      answer(ids);
    }

    /** Reads one answer to its end, and notes the ids of the stream's entries in it. */
    void answer(List<String> ids) throws IOException {
      String head = line();
      int size = head.charAt(0) == '$' || head.charAt(0) == '*' ? Integer.parseInt(head.substring(1)) : 0;
      switch (head.charAt(0)) {
        case '-' -> throw new IOException(head);
        case '*' -> {
          for (int i = 0; i < size; i++) answer(ids);
        }
        case '$' -> {
          if (size < 0) return;
          byte[] bytes = in.readNBytes(size + 2);
          if (ids != null && isId(bytes, size)) ids.add(new String(bytes, 0, size, ISO_8859_1));
        }
        default -> {}
      }
    }

    // Milliseconds, a dash, a number: nothing else in an entry looks like this
    private static boolean isId(byte[] bytes, int size) {
      int dashes = 0;
      for (int i = 0; i < size; i++) {
        if (bytes[i] == '-') dashes++;
        else if (bytes[i] < '0' || bytes[i] > '9') return false;
      }
      return dashes == 1;
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder(16);
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) throw new EOFException();
        if (c != '\r') line.append((char) c);
      }
      return line.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
