package io.posthaste.provider.postgres;

import io.posthaste.database.DatabaseFailure;
import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.message.Receipt;
import io.posthaste.queue.Capability;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.Recipient;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.StoredMessage;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Queues in PostgreSQL, see this package. */
final class PostgresQueueProvider implements QueueProvider {
  static final String NAME = DatabaseFailure.PROVIDER;

  /** Purging a million messages takes a while, in steps that each are short. */
  private static final Duration PURGE = Duration.ofMinutes(5);

  private static final Duration OVERVIEW = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofSeconds(20);

  private final Engine engine;

  PostgresQueueProvider(Engine engine) {
    this.engine = engine;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.values());
  }

  @Override
  public Uni<Boolean> reachable() {
    return DatabaseFailure.translated(
            Duration.ofSeconds(1), () -> engine.pool().query("SELECT 1").execute())
        .map(_ -> engine.handovers().settled())
        .onFailure()
        .recoverWithItem(false);
  }

  @Override
  public Uni<List<SendOutcome>> send(Queue queue, List<NewMessage> messages) {
    SendRequest request = new SendRequest(queue, messages);
    boolean careful = false;
    for (NewMessage message : messages) {
      careful |=
          message.content().deduplicationId() != null
              || queue.ordersByGroup() && message.content().group() != null;
    }
    return careful ? engine.carefulSends().submit(request) : engine.sends().submit(request);
  }

  @Override
  public Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request) {
    return engine.receives().receive(queue, request);
  }

  @Override
  public Uni<Void> handOver(Queue queue, List<Delivery> deliveries, Recipient recipient) {
    return engine.handovers().handOver(queue, deliveries, recipient);
  }

  @Override
  public Uni<List<Settlement.Outcome>> settle(Queue queue, List<Settlement> settlements) {
    return engine.settles().settle(queue, settlements);
  }

  @Override
  public Uni<QueueStats> stats(Queue queue) {
    return DatabaseFailure.translated(engine.pool(), LOOK, () -> engine.counts().of(queue));
  }

  @Override
  public Uni<Map<QueueName, QueueStats>> overview() {
    return DatabaseFailure.translated(engine.pool(), OVERVIEW, () -> engine.overview().read());
  }

  @Override
  public Uni<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    return DatabaseFailure.translated(
        engine.pool(), LOOK, () -> engine.inspection().peek(queue, state, limit));
  }

  @Override
  public Uni<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    return DatabaseFailure.translated(() -> engine.inspection().find(queue, id));
  }

  @Override
  public Uni<ChangeOutcome> reschedule(Queue queue, MessageId id, Due due) {
    return DatabaseFailure.translated(() -> engine.changes().reschedule(queue, id, due));
  }

  @Override
  public Uni<ChangeOutcome> cancel(Queue queue, MessageId id) {
    return DatabaseFailure.translated(() -> engine.changes().cancel(queue, id));
  }

  @Override
  public Uni<Long> purge(Queue queue) {
    return DatabaseFailure.translated(
            engine.pool(), PURGE, () -> engine.changes().purge(queue.id()))
        .onTermination()
        .invoke(() -> engine.counts().forget(queue));
  }

  @Override
  public Uni<Void> drop(Queue queue) {
    return DatabaseFailure.translated(
        engine.pool(), PURGE, () -> engine.changes().drop(queue.id()));
  }

  static Settlement release(Receipt receipt) {
    return new Settlement.Release(receipt, new Due.After(Duration.ZERO));
  }
}
