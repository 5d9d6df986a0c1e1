package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.posthaste.queue.Queue;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Makes of a message that the broker gave us the one that goes back, as like it as can be. */
final class WireAgain {
  private WireAgain() {}

  /** The same message behind all others of its queue. */
  static Outgoing write(Queue queue, Arrival arrival, Carried carried, Instant now) {
    BasicProperties before = arrival.properties();
    Map<String, Object> headers = new HashMap<>();
    if (before.getHeaders() != null) {
      headers.putAll(before.getHeaders());
    }
    headers.remove(WireNames.DELIVERY_COUNT);
    headers.remove(WireNames.DEATH);
    headers.put(WireNames.ATTEMPT, carried.failed());
    boolean ours = headers.containsKey(WireNames.ENQUEUED);
    headers.putIfAbsent(WireNames.ENQUEUED, WireWriter.micros(carried.message().enqueuedAt()));
    BasicProperties after =
        before
            .builder()
            .messageId(carried.message().id().toString())
            .headers(headers)
            .deliveryMode(WireWriter.PERSISTENT)
            // The broker takes no other user's name than that of the connection
            .userId(null)
            .expiration(
                ours ? WireWriter.expiration(queue.policy(), carried, now) : before.getExpiration())
            .build();
    return new Outgoing("", queue.name().value(), after, arrival.body());
  }
}
