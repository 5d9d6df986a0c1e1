package io.posthaste.queue;

import java.util.Arrays;
import java.util.List;

/** Queues whose providers are given, for tests that run without Quarkus. */
public final class QueuesForTests {
  private QueuesForTests() {}

  public static Queues of(QueueStore store, QueueProvider... providers) {
    return new Queues(store, providers(providers));
  }

  public static Providers providers(QueueProvider... providers) {
    List<ProviderSetup> known =
        Arrays.stream(providers).<ProviderSetup>map(ProviderSetup.Enabled::new).toList();
    return new Providers(known);
  }
}
