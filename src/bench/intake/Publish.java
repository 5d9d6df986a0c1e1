import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmCallback;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Publishes messages for a queue of Posthaste to its exchange, as fast as they are taken out of the intake: so many unconfirmed at
 * most, and none while too many lie in the intake's own queue. What the intake cannot take in is thus not published, and the
 * publisher's work does not grow beyond what is measured.
 *
 * <p>{@code java -cp CLIENTS Publish amqp://user:password@host:port QUEUE SECONDS UNCONFIRMED PAYLOAD-FILE}
 */
final class Publish {
  private static final String EXCHANGE = "posthaste";
  private static final String INTAKE = "posthaste.intake";
  private static final int MOST_WAITING = 1000;
  private static final long LOOK_EVERY_MS = 10;

  private final int most;
  private final Semaphore room;
  private final Deque<Long> unconfirmed = new ArrayDeque<>();
  private final AtomicInteger confirmed = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicBoolean full = new AtomicBoolean();

  private Publish(int most) {
    this.most = most;
    room = new Semaphore(most);
  }

  static void main(String[] arguments) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri("amqp://" + URI.create(arguments[0]).getRawAuthority());
    try (Connection connection = factory.newConnection()) {
      Publish publish = new Publish(Integer.parseInt(arguments[3]));
      Thread.ofPlatform().daemon().start(() -> publish.look(connection));
      publish.run(connection, arguments[1], Integer.parseInt(arguments[2]), Files.readAllBytes(Path.of(arguments[4])));
    }
  }

  private void run(Connection connection, String queue, int seconds, byte[] body) throws IOException, InterruptedException {
    Channel channel = connection.createChannel();
    channel.confirmSelect();
    channel.addConfirmListener(answered(confirmed), answered(refused));
    channel.addReturnListener(_ -> refused.incrementAndGet());
    BasicProperties properties =
        new BasicProperties.Builder()
            .deliveryMode(2)
            .contentType("application/json")
            .headers(Map.of("x-posthaste-queue", queue))
            .build();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (System.nanoTime() < end) {
      if (full.get()) {
        Thread.sleep(1);
        continue;
      }
      room.acquire();
      synchronized (unconfirmed) {
        unconfirmed.add(channel.getNextPublishSeqNo());
      }
      channel.basicPublish(EXCHANGE, "bench", true, properties, body);
    }
    room.acquire(most); // until the last is confirmed
    System.out.printf("RESULT {\"requests\":%d,\"refused\":%d}%n", confirmed.get(), refused.get());
  }

  private ConfirmCallback answered(AtomicInteger count) {
    return (number, multiple) -> {
      int answered = 0;
      synchronized (unconfirmed) {
        if (multiple) {
          while (!unconfirmed.isEmpty() && unconfirmed.peek() <= number) {
            unconfirmed.poll();
            answered++;
          }
        } else if (unconfirmed.remove(number)) {
          answered = 1;
        }
      }
      count.addAndGet(answered);
      room.release(answered);
    };
  }

  private void look(Connection connection) {
    try {
      Channel channel = connection.createChannel();
      while (connection.isOpen()) {
        full.set(channel.queueDeclarePassive(INTAKE).getMessageCount() > MOST_WAITING);
        Thread.sleep(LOOK_EVERY_MS);
      }
    } catch (IOException | RuntimeException e) {
      if (connection.isOpen()) refused.incrementAndGet();
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }
}
