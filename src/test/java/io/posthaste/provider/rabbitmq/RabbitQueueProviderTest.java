package io.posthaste.provider.rabbitmq;

import io.posthaste.queue.QueueProviderContract;

final class RabbitQueueProviderTest extends QueueProviderContract {
  RabbitQueueProviderTest() {
    super(new RabbitUnderTest());
  }
}
