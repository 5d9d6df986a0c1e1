import java.io.IOException;
import java.net.URI;

/** What is under load: where each worker gets a line of its own to. */
interface Server extends AutoCloseable {
  Line line() throws IOException;

  @Override
  default void close() throws IOException {}

  /** One worker's way to the server; sends one message after the other. */
  interface Line extends AutoCloseable {
    /** Sends the message and waits until the server says that it is stored; whether it did. */
    boolean send() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
  }

  static Server at(URI target, byte[] body) throws Exception {
    return switch (target.getScheme()) {
      case "http" -> new HttpServer(target, body);
      case "amqp" -> new AmqpServer(target, body);
      case "redis" -> new RedisServer(target, body);
      default -> throw new IllegalArgumentException("no such scheme: " + target);
    };
  }
}
