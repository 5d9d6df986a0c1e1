package io.posthaste.queue;

import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The port behind which a broker holds the messages of its queues.
 *
 * <p>Promises, pinned by {@code QueueProviderContract}: what is stored is durable; while a lease
 * holds nobody else receives the message; a settle with a lost lease changes nothing; attempts are
 * counted at receive; nothing is due early. Every method fails with {@link ProviderUnavailable}
 * when nothing was done, with {@link OutcomeUnknown} when it may have been.
 *
 * <p>Lists answer in the order of what was asked, one outcome for each entry; a bad entry never
 * fails its neighbours.
 */
public interface QueueProvider {

  /** The name by which a queue picks it, for example {@code postgres}. */
  String name();

  Set<Capability> capabilities();

  /** Whether the broker answers at the moment. */
  Uni<Boolean> reachable();

  /** Whether the broker, if it answers, takes messages: not while it has run full. */
  default boolean takesMessages() {
    return true;
  }

  /** What a stored message survives; empty where a crash never loses one. */
  default Uni<Optional<Durability>> durability() {
    return Uni.createFrom().item(Optional.empty());
  }

  /**
   * Makes the broker ready for a queue that is about to be defined or changed, as often as asked.
   * What lies there already under its name is used if it can hold the queue's promises.
   */
  default Uni<Preparation> prepare(QueueName queue, QueuePolicy policy) {
    return Uni.createFrom().item(new Preparation.Ready());
  }

  /** What {@link #prepare} would come to; changes nothing at the broker. */
  default Uni<Preparation> examine(QueueName queue, QueuePolicy policy) {
    return Uni.createFrom().item(new Preparation.Ready());
  }

  /** Stores messages; each outcome comes after its message is durable. */
  Uni<List<SendOutcome>> send(Queue queue, List<NewMessage> messages);

  /** Hands out up to {@code max} messages under a lease, waiting for the first if asked to. */
  Uni<List<Delivery>> receive(Queue queue, ReceiveRequest request);

  /**
   * Lets deliveries asked for with {@link ReceiveRequest.Handover#ANNOUNCED} leave, once it is sure
   * that they stay with their recipient whatever becomes of this replica. To be called on the event
   * loop that writes them; answers when that is done, or nobody is there to read them. Fails,
   * within a second, with nothing written: then the recipient is to be {@linkplain Recipient#gone
   * gone}, and the messages come back by themselves.
   */
  default Uni<Void> handOver(Queue queue, List<Delivery> deliveries, Recipient recipient) {
    return Uni.createFrom()
        .voidItem()
        .invoke(
            () -> {
              recipient.prepare();
              recipient.send();
            });
  }

  /** Settles deliveries, whichever replica handed them out. */
  Uni<List<Settlement.Outcome>> settle(Queue queue, List<Settlement> settlements);

  /** Counts; exact to the message in small queues, and at most seconds old in large ones. */
  Uni<QueueStats> stats(Queue queue);

  /** The counts of all its queues that hold anything, for metrics; at most minutes old. */
  Uni<Map<QueueName, QueueStats>> overview();

  /** The messages that would be handed out next; at most {@code limit}, in one or in all states. */
  Uni<List<StoredMessage>> peek(Queue queue, Optional<MessageState> state, int limit);

  Uni<Optional<StoredMessage>> find(Queue queue, MessageId id);

  /** Changes when a message is due, unless it is leased. */
  Uni<ChangeOutcome> reschedule(Queue queue, MessageId id, Due due);

  /** Removes a message for good, unless it is leased. */
  Uni<ChangeOutcome> cancel(Queue queue, MessageId id);

  /** Removes every message that is not leased, and says how many. */
  Uni<Long> purge(Queue queue);

  /**
   * Takes no more messages if there are none, for as long as it takes to delete the queue's
   * definition; whether there were none. For brokers beside the store of definitions, which sees
   * for itself what lies with it.
   */
  default Uni<Boolean> closeIfEmpty(Queue queue) {
    return Uni.createFrom().item(true);
  }

  /** Removes all that is left of a queue which is no longer defined. */
  Uni<Void> drop(Queue queue);

  /** What happened to a message that was to be changed by its id. */
  enum ChangeOutcome {
    CHANGED,
    /** A receiver holds it; nothing was changed. */
    LEASED,
    NOT_FOUND
  }
}
