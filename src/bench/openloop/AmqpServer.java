import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeoutException;

/**
 * Publishes the message, persistent, into a queue, {@code amqp://user:password@host:port/queue}, and waits for the broker's
 * confirmation: one connection, and a channel for each worker, as a program of many threads does it.
 */
final class AmqpServer implements Server {
  private static final int PERSISTENT = 2;

  private final Connection connection;
  private final String queue;
  private final byte[] body;

  AmqpServer(URI target, byte[] body) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri("amqp://" + target.getRawAuthority());
    connection = factory.newConnection();
    queue = target.getPath().substring(1);
    this.body = body;
  }

  @Override
  public Line line() throws IOException {
    Channel channel = connection.createChannel();
    channel.confirmSelect();
    BasicProperties properties =
        new BasicProperties.Builder().deliveryMode(PERSISTENT).contentType("application/json").build();
    return new Line() {
      @Override
      public boolean send() throws IOException, InterruptedException {
        channel.basicPublish("", queue, true, properties, body);
        try {
          return channel.waitForConfirms(10_000);
        } catch (TimeoutException late) {
          return false;
        }
      }

      @Override
      public void close() throws IOException {
        channel.abort();
      }
    };
  }

  @Override
  public void close() throws IOException {
    connection.abort();
  }
}
