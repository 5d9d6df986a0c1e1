package io.posthaste.provider.redis;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** One Redis for all tests of the whole service in this process. */
public final class RedisForTests implements QuarkusTestResourceLifecycleManager {
  // A system property, as every restart of Quarkus loads this class again
  private static final String URL = "redis-for-tests.url";

  @Override
  public Map<String, String> start() {
    synchronized (URL.intern()) {
      String running = System.getProperty(URL);
      if (running == null) {
        running = RedisServer.durable().url();
        System.setProperty(URL, running);
      }
      return Map.of("posthaste.redis-url", running);
    }
  }

  @Override
  public void stop() {
    // It serves the next test as well, and ends with the process
  }
}
