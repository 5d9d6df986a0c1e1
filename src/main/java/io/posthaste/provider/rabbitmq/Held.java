package io.posthaste.provider.rabbitmq;

import io.posthaste.wire.Carried;
import java.time.Instant;

/** A delivery under lease. Its end changes when it is extended; {@link Holdings} guards that. */
final class Held {
  private final RabbitReceipt receipt;
  private final int queue;
  private final Arrival arrival;
  private final Carried carried;
  private final Instant since;
  private volatile Instant until;

  /**
   * What is under lease.
   *
   * @param carried with the attempts that failed before this one
   * @param since when the broker gave it to us, or a little later
   */
  record Terms(int queue, Arrival arrival, Carried carried, Instant since, Instant until) {}

  Held(RabbitReceipt receipt, Terms terms) {
    this.receipt = receipt;
    this.queue = terms.queue();
    this.arrival = terms.arrival();
    this.carried = terms.carried();
    this.since = terms.since();
    this.until = terms.until();
  }

  RabbitReceipt receipt() {
    return receipt;
  }

  int queue() {
    return queue;
  }

  Arrival arrival() {
    return arrival;
  }

  Carried carried() {
    return carried;
  }

  /** The attempt that its receiver was told. */
  int attempt() {
    return carried.failed() + 1;
  }

  Instant since() {
    return since;
  }

  Instant until() {
    return until;
  }

  void until(Instant changed) {
    until = changed;
  }
}
