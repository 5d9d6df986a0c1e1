package io.posthaste.provider.redis;

import io.posthaste.queue.QueueProviderContract;

final class RedisQueueProviderTest extends QueueProviderContract {
  RedisQueueProviderTest() {
    super(RedisUnderTest.on(RedisServer.durable()));
  }
}
