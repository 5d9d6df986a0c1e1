package io.posthaste.queue;

/** No queue of that name is defined. */
public final class QueueNotFound extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient QueueName queue;

  public QueueNotFound(QueueName queue) {
    super("queue=" + queue + " not found", null, false, false);
    this.queue = queue;
  }

  public QueueName queue() {
    return queue;
  }
}
