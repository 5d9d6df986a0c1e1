package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.nio.file.Path;
import java.util.Map;

/**
 * One RabbitMQ for all tests of this process, empty at its first use. For tests of the whole
 * service; plain tests call {@link #url()}.
 */
public final class RabbitForTests implements QuarkusTestResourceLifecycleManager {

  // A system property, as every restart of Quarkus loads this class again
  private static final String URL = "rabbit-for-tests.url";

  private static final Path FOLDER =
      Path.of("target/rabbit-for-tests-" + System.getProperty("test.process", "1"));

  @Override
  public Map<String, String> start() {
    return Map.of("posthaste.rabbitmq.url", url(), "posthaste.management-enabled", "true");
  }

  @Override
  public void stop() {
    // It serves the next test as well, and ends with the process
  }

  /** The broker's address; starts it if this is its first use. */
  public static String url() {
    synchronized (URL.intern()) {
      String running = System.getProperty(URL);
      if (running != null) {
        return running;
      }
      RabbitNode node = RabbitNode.launch("tests", FOLDER, RabbitNode.Cluster.fresh());
      Runtime.getRuntime().addShutdownHook(new Thread(node::close));
      System.setProperty(URL, node.awaitRunning().url());
      return node.url();
    }
  }

  /** A connection of the test's own, as any AMQP client has one. */
  public static Connection connect() {
    ConnectionFactory factory = new ConnectionFactory();
    try {
      factory.setUri(url());
      return factory.newConnection();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
