package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A private RabbitMQ node on loopback ports of its own, alone or in a cluster. */
public final class RabbitNode implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);

  /** Where Debian, Homebrew and the generic package put it. */
  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/lib/rabbitmq/bin"),
          Path.of("/opt/homebrew/opt/rabbitmq/sbin"),
          Path.of("/usr/local/opt/rabbitmq/sbin"),
          Path.of("/opt/rabbitmq/sbin"));

  private final String name;
  private final Path folder;
  private final Cluster cluster;
  private final int port = freePort();
  private final int distributionPort = freePort();
  private Process process;

  /** What nodes share that know each other: a cookie, and a port mapper that ends with them. */
  public record Cluster(String cookie, int epmdPort, Process portMapper) {
    public static Cluster fresh() {
      int port = freePort();
      try {
        Process mapper =
            new ProcessBuilder("epmd", "-address", "127.0.0.1", "-port", Integer.toString(port))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new Cluster("posthaste" + System.nanoTime(), port, mapper);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private RabbitNode(String name, Path folder, Cluster cluster, List<String> settings)
      throws IOException {
    this.name = name;
    this.folder = folder;
    this.cluster = cluster;
    writeFiles(settings);
    // Also when a test fails before it can close it
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
  }

  /**
   * Starts a node with nothing in it; {@link #awaitRunning} waits for it.
   *
   * @param settings further lines of rabbitmq.conf
   */
  public static RabbitNode launch(String name, Path folder, Cluster cluster, String... settings) {
    try {
      RabbitNode node = prepare(name, folder, cluster, settings);
      node.process = node.launch();
      return node;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A node that does not run yet, on a port that is known: {@link #restart} starts it. */
  public static RabbitNode prepare(String name, Path folder, Cluster cluster, String... settings) {
    try {
      deleteAll(folder);
      return new RabbitNode(name, folder.toAbsolutePath(), cluster, List.of(settings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** A port of 127.0.0.1 on which nobody listens. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeFiles(List<String> settings) throws IOException {
    Files.createDirectories(folder.resolve("home"));
    Files.writeString(
        folder.resolve("rabbitmq.conf"),
        """
        listeners.tcp.default = 127.0.0.1:%d
        vm_memory_high_watermark.absolute = 512MB
        disk_free_limit.absolute = 50MB
        %s
        """
            .formatted(port, String.join("\n", settings)));
    Files.writeString(folder.resolve("enabled_plugins"), "[].\n");
    Path cookie = folder.resolve("home/.erlang.cookie");
    Files.writeString(cookie, cluster.cookie());
    Files.setPosixFilePermissions(cookie, PosixFilePermissions.fromString("r--------"));
  }

  // -Drabbitmq.programs=… runs the tests on another RabbitMQ
  private static Path program(String name) {
    String other = System.getProperty("rabbitmq.programs");
    return (other == null ? PLACES.stream() : Stream.of(Path.of(other)))
        .map(place -> place.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "RabbitMQ is not installed: 'make test' does it on Debian; elsewhere install rabbitmq-server."));
  }

  private Process launch() throws IOException {
    return command("rabbitmq-server").start();
  }

  private ProcessBuilder command(String program, String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(program(program).toString());
    line.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("out").toFile()));
    Map<String, String> environment = builder.environment();
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("RABBITMQ_NODENAME", name + "@localhost");
    environment.put("RABBITMQ_CONF_ENV_FILE", "/dev/null");
    environment.put("RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq.conf").toString());
    environment.put("RABBITMQ_ADVANCED_CONFIG_FILE", folder.resolve("none").toString());
    environment.put("RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("enabled_plugins").toString());
    environment.put("RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString());
    environment.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
    environment.put("RABBITMQ_DIST_PORT", Integer.toString(distributionPort));
    environment.put("ERL_EPMD_PORT", Integer.toString(cluster.epmdPort()));
    environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    environment.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
        "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none");
    return builder;
  }

  /** Waits until it takes connections. */
  public RabbitNode awaitRunning() {
    Awaitility.await("RabbitMQ, whose log is in " + folder)
        .atMost(START)
        .pollInterval(Duration.ofMillis(200))
        .until(this::answers);
    return this;
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("RabbitMQ has ended; see " + folder.resolve("out"));
    }
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(port);
    try (Connection connection = factory.newConnection()) {
      return connection.isOpen();
    } catch (AuthenticationFailureException knowsNoGuest) {
      return true;
    } catch (IOException | TimeoutException e) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  public String url() {
    return "amqp://guest:guest@127.0.0.1:" + port + "/%2f";
  }

  /** Runs rabbitmqctl or a program like it against the node. */
  public void control(String program, String... arguments) {
    try {
      Process control = command(program, arguments).start();
      if (!control.waitFor(60, TimeUnit.SECONDS) || control.exitValue() != 0) {
        throw new IllegalStateException(
            program + " " + List.of(arguments) + " failed; see " + folder.resolve("out"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** As kill -9 does. */
  public void kill() {
    if (process == null) {
      return;
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts it again, with all that it had. */
  public RabbitNode restart() {
    relaunch();
    return awaitRunning();
  }

  /** The same without waiting for it. */
  void relaunch() {
    try {
      process = launch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops it in its tracks, connections and all, or lets it go on. */
  public void signal(String signal) {
    process
        .descendants()
        .forEach(
            child -> {
              try {
                new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid()))
                    .start()
                    .waitFor();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  /** With the port mapper, so that the last of a cluster is closed last. */
  @Override
  public void close() {
    kill();
    cluster.portMapper().destroyForcibly();
  }
}
