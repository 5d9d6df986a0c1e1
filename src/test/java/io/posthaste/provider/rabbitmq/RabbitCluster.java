package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Three private RabbitMQ nodes that are one cluster. */
public final class RabbitCluster implements AutoCloseable {
  private static final List<String> NAMES = List.of("one", "two", "three");

  private final List<RabbitNode> nodes;

  private RabbitCluster(List<RabbitNode> nodes) {
    this.nodes = nodes;
  }

  /** Starts all three, and waits for them. */
  public static RabbitCluster start(Path folder) {
    RabbitNode.Cluster cluster = RabbitNode.Cluster.fresh();
    List<String> settings = new ArrayList<>();
    // A channel waits for a silent node so long and five seconds
    settings.add("net_ticktime = 20");
    for (String name : NAMES) {
      settings.add(
          "cluster_formation.classic_config.nodes.%d = %s@localhost"
              .formatted(settings.size(), name));
    }
    List<RabbitNode> nodes =
        NAMES.stream()
            .map(
                name ->
                    RabbitNode.launch(
                        name, folder.resolve(name), cluster, settings.toArray(String[]::new)))
            .toList();
    nodes.forEach(RabbitNode::awaitRunning);
    return new RabbitCluster(nodes);
  }

  /** Names all nodes. */
  public String url() {
    return nodes.stream()
        .map(node -> "127.0.0.1:" + node.port())
        .collect(Collectors.joining(",", "amqp://guest:guest@", "/%2f"));
  }

  public List<RabbitNode> nodes() {
    return nodes;
  }

  /** The node that listens there. */
  public RabbitNode at(int port) {
    return nodes.stream().filter(node -> node.port() == port).findFirst().orElseThrow();
  }

  /** Declares a quorum queue whose leader is on that node. */
  public static void declare(String queue, RabbitNode leader) {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(leader.port());
    try (Connection connection = factory.newConnection()) {
      connection
          .createChannel()
          .queueDeclare(
              queue,
              true,
              false,
              false,
              Map.of("x-queue-type", "quorum", "x-queue-leader-locator", "client-local"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts some of them again, all at once. */
  public static void restart(List<RabbitNode> some) {
    some.forEach(RabbitNode::relaunch);
    some.forEach(RabbitNode::awaitRunning);
  }

  @Override
  public void close() {
    nodes.forEach(RabbitNode::close);
  }
}
