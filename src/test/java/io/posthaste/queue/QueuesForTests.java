package io.posthaste.queue;

import java.util.Arrays;
import java.util.List;

/** Queues whose providers are given, for tests that run without Quarkus. */
public final class QueuesForTests {
  private QueuesForTests() {}

  public static Queues of(QueueStore store, QueueProvider... providers) {
    List<ProviderSetup> known =
        Arrays.stream(providers).<ProviderSetup>map(ProviderSetup.Enabled::new).toList();
    return new Queues(store, new Providers(known));
  }
}
