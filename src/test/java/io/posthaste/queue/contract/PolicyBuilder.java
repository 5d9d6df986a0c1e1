package io.posthaste.queue.contract;

import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Ordering;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.RetryPolicy;
import java.time.Duration;

/** Makes policies. */
public final class PolicyBuilder {
  private Duration lease;
  private int maxAttempts = QueuePolicy.DEFAULT.maxAttempts();
  private RetryPolicy retry = new RetryPolicy.None();
  private Duration retention = QueuePolicy.DEFAULT.retention();
  private OnExpiry onExpiry = QueuePolicy.DEFAULT.onExpiry();
  private Ordering ordering = QueuePolicy.DEFAULT.ordering();
  private Duration deduplicationWindow = QueuePolicy.DEFAULT.deduplicationWindow();

  /** The default policy but for the lease, and for retries, which come at once. */
  PolicyBuilder(Duration lease) {
    this.lease = lease;
  }

  public PolicyBuilder withLease(Duration changed) {
    lease = changed;
    return this;
  }

  public PolicyBuilder withMaxAttempts(int changed) {
    maxAttempts = changed;
    return this;
  }

  public PolicyBuilder withRetry(RetryPolicy changed) {
    retry = changed;
    return this;
  }

  public PolicyBuilder withRetention(Duration changed) {
    retention = changed;
    return this;
  }

  public PolicyBuilder dropsWhatExpires() {
    onExpiry = OnExpiry.DROP;
    return this;
  }

  public PolicyBuilder orderedByGroup() {
    ordering = Ordering.GROUP;
    return this;
  }

  public PolicyBuilder withDeduplicationWindow(Duration changed) {
    deduplicationWindow = changed;
    return this;
  }

  public QueuePolicy build() {
    return new QueuePolicy(
        lease,
        maxAttempts,
        retry,
        retention,
        onExpiry,
        ordering,
        deduplicationWindow,
        QueuePolicy.DEFAULT.maxMessageSize());
  }
}
