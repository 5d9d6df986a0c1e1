package io.posthaste.provider.postgres;

import io.posthaste.queue.QueueProviderContract;

final class OnlyReplicaPostgresQueueProviderTest extends QueueProviderContract {
  OnlyReplicaPostgresQueueProviderTest() {
    super(PostgresUnderTest.onlyReplica());
  }
}
