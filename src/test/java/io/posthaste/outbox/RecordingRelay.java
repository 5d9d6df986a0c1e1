package io.posthaste.outbox;

import io.posthaste.message.MessageId;
import io.posthaste.queue.Deliverable;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Relay;
import io.posthaste.queue.SendOutcome;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A broker in memory, which can be away, or refuse the messages of some of its queues. */
final class RecordingRelay implements Relay {
  private final String name;
  private final List<Published> published = new CopyOnWriteArrayList<>();
  private final Set<QueueName> broken = ConcurrentHashMap.newKeySet();
  private final Set<QueueName> silent = ConcurrentHashMap.newKeySet();
  private final Map<QueueName, SendOutcome> refusing = new ConcurrentHashMap<>();
  private volatile boolean away;

  RecordingRelay(String name) {
    this.name = name;
  }

  record Published(QueueName queue, Deliverable message, Instant at) {
    MessageId id() {
      return message.message().id();
    }
  }

  void away(boolean away) {
    this.away = away;
  }

  void fails(QueueName queue) {
    broken.add(queue);
  }

  void hangs(QueueName queue) {
    silent.add(queue);
  }

  /** Takes none of its messages, now or ever. */
  void refuses(QueueName queue, SendOutcome why) {
    refusing.put(queue, why);
  }

  void heal() {
    broken.clear();
    silent.clear();
  }

  List<Published> published() {
    return published;
  }

  List<MessageId> ids() {
    return published.stream().map(Published::id).toList();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Uni<Boolean> reachable() {
    return Uni.createFrom().item(!away);
  }

  @Override
  public Uni<List<SendOutcome>> publish(Queue queue, List<Deliverable> messages) {
    if (away || broken.contains(queue.name())) {
      return Uni.createFrom().failure(new ProviderUnavailable(name, null));
    }
    if (silent.contains(queue.name())) {
      return Uni.createFrom().nothing();
    }
    SendOutcome refusal = refusing.get(queue.name());
    if (refusal != null) {
      return Uni.createFrom().item(Collections.nCopies(messages.size(), refusal));
    }
    Instant now = Instant.now();
    messages.forEach(message -> published.add(new Published(queue.name(), message, now)));
    return Uni.createFrom()
        .item(
            messages.stream()
                .<SendOutcome>map(message -> new SendOutcome.Stored(message.message().id()))
                .toList());
  }
}
