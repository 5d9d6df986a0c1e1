package io.posthaste.consumer;

import io.posthaste.queue.QueueName;

/** Hears what consumers do, for metrics. Implementations neither block nor throw. */
public interface ConsumerEvents {
  /** The other side has taken a message. */
  void handedOn(QueueName queue, Kind kind);

  /** A message was not handed on, or is going to be once more. */
  void failed(QueueName queue, Kind kind, Failure failure);

  /** So many messages more, or fewer, are held. */
  void held(QueueName queue, int change);
}
