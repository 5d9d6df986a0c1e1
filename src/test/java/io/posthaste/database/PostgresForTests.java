package io.posthaste.database;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.nio.file.Path;
import java.util.Map;

/**
 * One embedded server for all tests of this process, with an empty database at its first use:
 *
 * <pre>
 * &#64;QuarkusTest
 * &#64;WithTestResource(PostgresForTests.class)
 * </pre>
 *
 * Plain tests call {@link #url()}.
 */
public final class PostgresForTests implements QuarkusTestResourceLifecycleManager {

  // A system property, as every restart of Quarkus loads this class again
  private static final String URL = "postgres-for-tests.url";

  private static final Path FOLDER =
      Path.of("target/postgres-for-tests-" + System.getProperty("test.process", "1"));

  @Override
  public Map<String, String> start() {
    return Map.of("posthaste.database-url", url());
  }

  @Override
  public void stop() {
    // It serves the next test as well, and ends with the process
  }

  /** The server's address; starts it if this is its first use. */
  public static String url() {
    synchronized (URL.intern()) {
      String running = System.getProperty(URL);
      if (running != null) {
        return running;
      }
      String url = started();
      System.setProperty(URL, url);
      return url;
    }
  }

  private static String started() {
    EmbeddedServer server = EmbeddedServer.in(FOLDER);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    String url = server.start().url();
    SqlSession.at(url).run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    return url;
  }
}
