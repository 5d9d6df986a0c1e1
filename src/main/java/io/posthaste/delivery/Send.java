package io.posthaste.delivery;

import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.Queues;
import io.posthaste.queue.SendOutcome;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The intake: every message enters a queue through here, whichever way it came. */
@ApplicationScoped
public class Send {
  private final Queues queues;
  private final Providers providers;
  private final QueueEvents events;

  Send(Queues queues, Providers providers, QueueEvents events) {
    this.queues = queues;
    this.providers = providers;
    this.events = events;
  }

  /**
   * Sends messages to one queue; one outcome for each, in their order. Fails with {@link
   * QueueNotFound}, and as the provider does.
   */
  public Uni<List<SendOutcome>> send(QueueName name, List<NewMessage> messages) {
    long began = System.nanoTime();
    return queues
        .get(name)
        .flatMap(queue -> send(queue, messages))
        .invoke(() -> events.answered("send", Duration.ofNanos(System.nanoTime() - began)));
  }

  private Uni<List<SendOutcome>> send(Queue queue, List<NewMessage> messages) {
    return store(queue, messages)
        .flatMap(
            outcomes ->
                outcomes.stream().anyMatch(SendOutcome.QueueChanged.class::isInstance)
                    ? sendAgain(queue, messages, outcomes)
                    : Uni.createFrom().item(outcomes))
        .invoke(outcomes -> count(queue, outcomes));
  }

  private Uni<List<SendOutcome>> store(Queue queue, List<NewMessage> messages) {
    int max = queue.policy().maxMessageSize();
    if (messages.stream().allMatch(message -> message.content().payload().size() <= max)) {
      return providers.of(queue).send(queue, messages);
    }
    List<NewMessage> fitting =
        messages.stream().filter(message -> message.content().payload().size() <= max).toList();
    Uni<List<SendOutcome>> stored =
        fitting.isEmpty()
            ? Uni.createFrom().item(List.of())
            : providers.of(queue).send(queue, fitting);
    return stored.map(outcomes -> withTooLarge(messages, outcomes, max));
  }

  private static List<SendOutcome> withTooLarge(
      List<NewMessage> messages, List<SendOutcome> fitting, int max) {
    List<SendOutcome> all = new ArrayList<>(messages.size());
    int next = 0;
    for (NewMessage message : messages) {
      int size = message.content().payload().size();
      all.add(size <= max ? fitting.get(next++) : new SendOutcome.TooLarge(size, max));
    }
    return all;
  }

  // The queue was defined anew, or deleted, since this replica last heard of it
  private Uni<List<SendOutcome>> sendAgain(
      Queue queue, List<NewMessage> messages, List<SendOutcome> outcomes) {
    queues.forget(queue.name());
    List<NewMessage> left = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (outcomes.get(i) instanceof SendOutcome.QueueChanged) {
        left.add(messages.get(i));
      }
    }
    return queues
        .get(queue.name())
        .flatMap(current -> store(current, left))
        .map(
            again -> {
              List<SendOutcome> all = new ArrayList<>(outcomes);
              int next = 0;
              for (int i = 0; i < all.size(); i++) {
                if (all.get(i) instanceof SendOutcome.QueueChanged) {
                  all.set(i, again.get(next++));
                }
              }
              return all;
            });
  }

  private void count(Queue queue, List<SendOutcome> outcomes) {
    int stored = 0;
    for (SendOutcome outcome : outcomes) {
      if (outcome instanceof SendOutcome.Stored) {
        stored++;
      }
    }
    if (stored > 0) {
      events.sent(queue.name(), stored);
    }
  }
}
