package io.posthaste.queue;

import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A broker of which only reachability and single messages matter. */
public final class StubProvider implements QueueProvider {
  private final String name;
  private final Set<MessageId> held = ConcurrentHashMap.newKeySet();
  private volatile boolean reachable = true;
  private volatile boolean takesMessages = true;

  public StubProvider(String name) {
    this.name = name;
  }

  public void reachable(boolean now) {
    reachable = now;
  }

  public void takesMessages(boolean now) {
    takesMessages = now;
  }

  public void holds(MessageId id) {
    held.add(id);
  }

  public void settles(MessageId id) {
    held.remove(id);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.values());
  }

  @Override
  public boolean takesMessages() {
    return takesMessages;
  }

  @Override
  public Uni<Boolean> reachable() {
    return Uni.createFrom().item(reachable);
  }

  @Override
  public Uni<Optional<StoredMessage>> find(Queue queue, MessageId id) {
    if (!reachable) {
      return Uni.createFrom().failure(new ProviderUnavailable(name, null));
    }
    if (!held.contains(id)) {
      return Uni.createFrom().item(Optional.empty());
    }
    var content =
        io.posthaste.message.Content.of(new io.posthaste.message.Payload.Json(new byte[] {'1'}));
    java.time.Instant now = java.time.Instant.now();
    return Uni.createFrom()
        .item(
            Optional.of(
                new StoredMessage(
                    new io.posthaste.message.Message(id, content, now),
                    MessageState.AVAILABLE,
                    now,
                    0)));
  }

  private static <T> Uni<T> unused() {
    return Uni.createFrom().failure(new UnsupportedOperationException("not part of the stub"));
  }

  @Override
  public Uni<List<SendOutcome>> send(Queue queue, List<NewMessage> messages) {
    return unused();
  }

  @Override
  public Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request) {
    return unused();
  }

  @Override
  public Uni<List<Settlement.Outcome>> settle(Queue queue, List<Settlement> settlements) {
    return unused();
  }

  @Override
  public Uni<QueueStats> stats(Queue queue) {
    return unused();
  }

  @Override
  public Uni<Map<QueueName, QueueStats>> overview() {
    return unused();
  }

  @Override
  public Uni<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit) {
    return unused();
  }

  @Override
  public Uni<ChangeOutcome> reschedule(Queue queue, MessageId id, Due due) {
    return unused();
  }

  @Override
  public Uni<ChangeOutcome> cancel(Queue queue, MessageId id) {
    return unused();
  }

  @Override
  public Uni<Long> purge(Queue queue) {
    return unused();
  }

  @Override
  public Uni<Void> drop(Queue queue) {
    return unused();
  }
}
