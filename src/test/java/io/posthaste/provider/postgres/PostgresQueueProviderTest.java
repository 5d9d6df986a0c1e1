package io.posthaste.provider.postgres;

import io.posthaste.queue.QueueProviderContract;

final class PostgresQueueProviderTest extends QueueProviderContract {
  PostgresQueueProviderTest() {
    super(PostgresUnderTest.twoReplicas());
  }
}
