package io.posthaste.wire;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.posthaste.queue.QueuePolicy;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Makes of a message that the broker gave us the one that goes back, as like it as can be. */
public final class WireAgain {
  private WireAgain() {}

  /** What it carries beside its body, which stays. */
  public static BasicProperties properties(
      QueuePolicy policy, BasicProperties before, Carried carried, Instant now) {
    Map<String, Object> headers = new HashMap<>();
    if (before.getHeaders() != null) {
      headers.putAll(before.getHeaders());
    }
    headers.remove(WireNames.DELIVERY_COUNT);
    headers.remove(WireNames.DEATH);
    headers.put(WireNames.ATTEMPT, carried.failed());
    boolean ours = headers.containsKey(WireNames.ENQUEUED);
    headers.putIfAbsent(WireNames.ENQUEUED, WireWriter.micros(carried.message().enqueuedAt()));
    if (!carried.firstDue().equals(carried.message().enqueuedAt())) {
      headers.putIfAbsent(WireNames.DUE, WireWriter.micros(carried.firstDue()));
    }
    return before
        .builder()
        .messageId(carried.message().id().toString())
        .headers(headers)
        .deliveryMode(WireWriter.PERSISTENT)
        // The broker takes no other user's name than that of the connection
        .userId(null)
        .expiration(ours ? WireWriter.expiration(policy, carried, now) : before.getExpiration())
        .build();
  }
}
