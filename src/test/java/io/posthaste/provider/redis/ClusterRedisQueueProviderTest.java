package io.posthaste.provider.redis;

import io.posthaste.queue.QueueProviderContract;

final class ClusterRedisQueueProviderTest extends QueueProviderContract {
  ClusterRedisQueueProviderTest() {
    super(RedisUnderTest.on(new RedisCluster()));
  }
}
