package io.posthaste.provider.redis;

import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** Three private servers that share the slots of a cluster. */
final class RedisCluster implements AutoCloseable {
  private static final int SIZE = 3;
  private static final int SLOTS = 16384;

  private final List<RedisServer> servers = new ArrayList<>();

  RedisCluster() {
    for (int i = 0; i < SIZE; i++) {
      servers.add(
          RedisServer.start(
              "--cluster-enabled", "yes", "--appendonly", "yes", "--appendfsync", "always"));
    }
    for (int i = 0; i < SIZE; i++) {
      RedisServer server = servers.get(i);
      Object[] slots = IntStream.range(i * SLOTS / SIZE, (i + 1) * SLOTS / SIZE).boxed().toArray();
      Object[] words = new Object[slots.length + 1];
      words[0] = "ADDSLOTS";
      System.arraycopy(slots, 0, words, 1, slots.length);
      server.call(Command.CLUSTER, words);
      server.call(Command.CLUSTER, "MEET", "127.0.0.1", servers.getFirst().port());
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> servers.stream().allMatch(RedisCluster::complete));
  }

  private static boolean complete(RedisServer server) {
    String state = server.call(Command.CLUSTER, "INFO").toString();
    return state.contains("cluster_state:ok") && state.contains("cluster_known_nodes:" + SIZE);
  }

  String url() {
    return "redis://127.0.0.1:" + servers.getFirst().port() + "?cluster=true";
  }

  @Override
  public void close() {
    servers.forEach(RedisServer::close);
  }
}
