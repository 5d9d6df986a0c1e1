package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.SharedPrograms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * The packaged service as a process of its own, on a random port of 127.0.0.1: what can be killed,
 * stopped and started again. It inherits the environment, except for what configures Posthaste.
 *
 * <p>Needs {@code ./mvnw package}, so it is for tests named {@code *IT}, which run after it.
 */
public final class ServiceProcess implements AutoCloseable {

  private static final Path JAR =
      Path.of(System.getProperty("service.jar", "target/quarkus-app/quarkus-run.jar"));
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Pattern ADDRESS =
      Pattern.compile("Posthaste listens on http://[^ ]*:(\\d+)");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;
  private final Path output;

  private ServiceProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts the service with the given {@code POSTHASTE_…} variables, and returns at once. */
  public static ServiceProcess start(Map<String, String> environment) {
    return start(StartCache.options(JAR), environment);
  }

  /** The same with options of the JVM. */
  static ServiceProcess start(List<String> options, Map<String, String> environment) {
    try {
      Path output = Files.createTempFile("posthaste", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command(options))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("POSTHASTE_"));
      builder.environment().put("POSTHASTE_HTTP_PORT", "0");
      builder.environment().putAll(environment);
      return new ServiceProcess(builder.start(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the service with its embedded database in a folder, and further variables. */
  public static ServiceProcess startIn(Path dataFolder, Map<String, String> environment) {
    SharedPrograms.linkInto(dataFolder);
    Map<String, String> all = new HashMap<>(environment);
    all.put("POSTHASTE_DATA_DIR", dataFolder.toString());
    return start(all);
  }

  /** Starts the service with its embedded database in a folder. */
  public static ServiceProcess startIn(Path dataFolder) {
    return startIn(dataFolder, Map.of());
  }

  private static List<String> command(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(options);
    command.add("-Xmx512m");
    // None lives long enough to earn back what the second compiler costs: half the time of a start
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-jar");
    command.add(JAR.toString());
    return command;
  }

  /** Waits until the service says that it is ready. */
  public ServiceProcess awaitReady() {
    return await(() -> greeting().find() && answers("/q/health/ready"));
  }

  /** Waits until the service listens, ready or not. */
  public ServiceProcess awaitListening() {
    return await(() -> greeting().find());
  }

  private ServiceProcess await(Callable<Boolean> condition) {
    try {
      Awaitility.await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(100))
          .failFast("the service ended", () -> assertThat(process.isAlive()).as(output()).isTrue())
          .until(condition);
      return this;
    } catch (RuntimeException | Error e) {
      // Nobody has it yet who would close it; left alone it would take its share of the machine
      close();
      throw e;
    }
  }

  private boolean answers(String path) {
    try {
      return HTTP.send(
                  HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Matcher greeting() {
    return ADDRESS.matcher(output());
  }

  /** The port that the service listens on; known once it is ready. */
  public int port() {
    Matcher greeting = greeting();
    if (!greeting.find()) {
      throw new IllegalStateException("does not listen yet: " + output());
    }
    return Integer.parseInt(greeting.group(1));
  }

  /** Where a path of the service is. */
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** All that the service has printed so far, to either stream. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Whether it has ended, in whatever way. */
  public boolean ended() {
    return !process.isAlive();
  }

  /** SIGKILL: ends the service as a crash does; what it started keeps running. */
  public void kill() {
    process.destroyForcibly();
    exitCode(Duration.ofSeconds(10));
  }

  /** SIGTERM: asks the service to end. */
  public void terminate() {
    process.destroy();
  }

  /** SIGSTOP: the service does nothing until {@link #resume}. */
  public void pause() {
    signal("STOP");
  }

  /** SIGCONT. */
  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      if (code != 0) {
        throw new IllegalStateException("kill -" + name + " ended with " + code);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The service's exit code, waited for. */
  public int exitCode(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("still runs after " + limit + ": " + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Ends the service in order, its embedded database with it. */
  @Override
  public void close() {
    if (process.isAlive()) {
      signal("CONT");
      terminate();
      exitCode(Duration.ofSeconds(30));
    }
  }
}
