package io.posthaste.queue;

/** A queue cannot be defined as asked; nothing was changed. */
public final class QueueRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient QueueName queue;
  private final transient Queues.Defined.Refusal why;

  public QueueRefused(QueueName queue, Queues.Defined.Refusal why) {
    super("queue=" + queue + " refused=" + why, null, false, false);
    this.queue = queue;
    this.why = why;
  }

  public QueueName queue() {
    return queue;
  }

  public Queues.Defined.Refusal why() {
    return why;
  }
}
