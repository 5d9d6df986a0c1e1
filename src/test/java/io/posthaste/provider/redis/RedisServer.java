package io.posthaste.provider.redis;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A private {@code redis-server} on a random port of 127.0.0.1, from the PATH: on Debian the
 * package {@code redis-server}, which {@code make test} installs. Its data outlive {@link #kill}.
 */
public final class RedisServer implements AutoCloseable {
  private static final Vertx VERTX = Vertx.vertx();

  private final int port;
  private final Path folder;
  private final List<String> settings;
  private Process process;

  private RedisServer(int port, Path folder, List<String> settings) {
    this.port = port;
    this.folder = folder;
    this.settings = settings;
  }

  /** A server that loses nothing, as it should be set up. */
  public static RedisServer durable() {
    return start("--appendonly", "yes", "--appendfsync", "always", "--save", "");
  }

  /** A server with the given settings. */
  public static RedisServer start(String... settings) {
    try {
      Path folder = Files.createTempDirectory("redis-for-tests");
      RedisServer server = new RedisServer(freePort(), folder, List.of(settings));
      server.startAgain();
      Runtime.getRuntime().addShutdownHook(new Thread(server::kill));
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A sentinel that knows the given server as {@code main}. */
  static RedisServer sentinelOf(RedisServer master) {
    try {
      Path folder = Files.createTempDirectory("sentinel-for-tests");
      int port = freePort();
      Path settings =
          Files.writeString(
              folder.resolve("sentinel.conf"),
              """
              port %d
              bind 127.0.0.1
              dir %s
              sentinel monitor main 127.0.0.1 %d 1
              sentinel down-after-milliseconds main 500
              sentinel failover-timeout main 2000
              """
                  .formatted(port, folder, master.port));
      RedisServer sentinel =
          new RedisServer(port, folder, List.of(settings.toString(), "--sentinel"));
      sentinel.startAgain();
      Runtime.getRuntime().addShutdownHook(new Thread(sentinel::kill));
      return sentinel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** On the same port, with the data that are there. */
  public void startAgain() {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("redis.server", "redis-server"));
    if (!settings.contains("--sentinel")) {
      command.addAll(List.of("--port", "" + port, "--bind", "127.0.0.1", "--dir", "" + folder));
    }
    command.addAll(settings);
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "Tests need redis-server: install it (Debian: apt-get install redis-server; macOS: brew install redis).",
          e);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(this::answers);
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("redis-server ended: " + log());
    }
    try {
      return call(Command.PING).toString().equals("PONG");
    } catch (IllegalStateException refused) {
      // It lives, and wants a password
      return String.valueOf(refused.getCause()).contains("NOAUTH");
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One command on a connection of its own. */
  public Response call(Command command, Object... words) {
    Redis client = Redis.createClient(VERTX, url());
    try {
      return client
          .send(Request.cmd(command, words))
          .toCompletionStage()
          .toCompletableFuture()
          .get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      client.close();
    }
  }

  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  /** As kill -9 does. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Makes it silent, with its connections open. */
  public void pause() {
    signal("STOP");
  }

  public void goOn() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().onExit().join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
