package io.posthaste.provider.postgres;

import io.posthaste.message.Delivery;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Recipient;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.impl.ContextInternal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Deliveries about to leave for their recipient. */
record Parting(
    Queue queue,
    List<Delivery> deliveries,
    Recipient recipient,
    ContextInternal caller,
    UniEmitter<? super Void> emitter,
    long since) {

  /** A caller with messages in hand has waited for the receive before. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  Set<UUID> leases() {
    Set<UUID> leases = new HashSet<>();
    for (Delivery delivery : deliveries) {
      PostgresReceipt.decode(delivery.receipt()).ifPresent(receipt -> leases.add(receipt.lease()));
    }
    return leases;
  }

  boolean overdue(long now) {
    return now - since >= PATIENCE.toNanos();
  }

  /** On the caller's event loop; whether it can be sent. */
  boolean prepare() {
    ContextInternal before = caller.beginDispatch();
    try {
      recipient.prepare();
      return true;
    } catch (RuntimeException e) {
      emitter.fail(e);
      return false;
    } finally {
      caller.endDispatch(before);
    }
  }

  void send() {
    recipient.send();
  }

  void end() {
    emitter.complete(null);
  }

  void refuse(Throwable cause) {
    emitter.fail(new ProviderUnavailable(PostgresQueueProvider.NAME, cause));
  }
}
