package io.posthaste.provider.redis;

import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.provider.Fingerprint;
import io.posthaste.queue.Deliverable;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.Merger;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stores messages of one queue. */
final class Sends {
  private static final byte[] NOTHING = {};

  /** A message that is over already is stored all the same, and expires there. */
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private static final Duration MOVES_KNOWN = Duration.ofHours(1);

  private final RedisScripts scripts;
  private final Stirred stirred;

  Sends(RedisScripts scripts, Stirred stirred) {
    this.scripts = scripts;
    this.stirred = stirred;
  }

  /** Messages of one caller. */
  record Request(Queue queue, List<NewMessage> entries) implements Merger.Weighted {
    @Override
    public int messages() {
      return entries.size();
    }

    @Override
    public int bytes() {
      int bytes = 0;
      for (NewMessage message : entries) {
        bytes += message.content().payload().size();
      }
      return bytes;
    }
  }

  Future<List<List<SendOutcome>>> run(List<Request> requests) {
    // The latest definition wins: policies change on a live queue
    Queue queue = requests.getLast().queue();
    RedisScripts.Words words =
        new RedisScripts.Words()
            .add(queue.name().value())
            .add(MessageFields.micros(queue.policy().deduplicationWindow()));
    for (Request request : requests) {
      request.entries().forEach(message -> write(words, message, queue));
    }
    return scripts
        .run(RedisScript.SEND, queue.id(), words)
        .onSuccess(_ -> tell(queue, requests))
        .map(answer -> outcomes(answer, requests));
  }

  /**
   * Stores what has waited in the outbox. A crash may make it come again, which the record of its
   * stay there tells for {@link #MOVES_KNOWN}; whatever is in the queue already has come.
   */
  Future<List<SendOutcome>> relay(Queue queue, List<Deliverable> messages, Instant now) {
    RedisScripts.Words words =
        new RedisScripts.Words().add(queue.name().value()).add(MessageFields.micros(MOVES_KNOWN));
    List<NewMessage> unpacked = messages.stream().map(it -> unpacked(it, now)).toList();
    for (int i = 0; i < messages.size(); i++) {
      write(words, unpacked.get(i), queue, move(messages.get(i)));
    }
    return scripts
        .run(RedisScript.SEND, queue.id(), words)
        .onSuccess(_ -> tell(queue, List.of(new Request(queue, unpacked))))
        .map(answer -> relayed(answer, messages));
  }

  private static NewMessage unpacked(Deliverable due, Instant now) {
    Duration timeToLive = due.expires() == null ? null : Duration.between(now, due.expires());
    return new NewMessage(
        due.message().id(),
        due.message().content(),
        Due.NOW,
        timeToLive == null || timeToLive.compareTo(SHORTEST) > 0 ? timeToLive : SHORTEST);
  }

  // No sender's deduplication id has a NUL
  private static String move(Deliverable message) {
    return "\0" + message.move().entry();
  }

  private static List<SendOutcome> relayed(Response answer, List<Deliverable> messages) {
    boolean gone = answer.get(0).toString().equals("gone");
    return messages.stream()
        .<SendOutcome>map(
            it -> gone ? new SendOutcome.QueueChanged() : new SendOutcome.Stored(it.message().id()))
        .toList();
  }

  private static void write(RedisScripts.Words words, NewMessage message, Queue queue) {
    write(words, message, queue, message.content().deduplicationId());
  }

  private static void write(
      RedisScripts.Words words, NewMessage message, Queue queue, @Nullable String key) {
    List<byte[]> fields = MessageFields.written(message.content());
    String group = message.content().group();
    boolean ordered = queue.ordersByGroup() && group != null;
    Duration timeToLive = message.timeToLive();
    words.add(message.id().toString()).add(fields.size());
    if (!ordered && key == null && timeToLive == null && message.due().equals(Due.NOW)) {
      words.add(NOTHING);
    } else {
      words
          .add("1")
          .add(spec(message.due()))
          .add(timeToLive == null ? "" : Long.toString(MessageFields.micros(timeToLive)))
          .add(ordered && group != null ? group : "")
          .add(key == null ? "" : key)
          .add(key == null ? NOTHING : Fingerprint.of(message));
    }
    fields.forEach(words::add);
  }

  /** When something is due, in a script's words. */
  static String spec(Due due) {
    return switch (due) {
      case Due.After(var delay) -> "+" + MessageFields.micros(delay);
      case Due.At(var instant) -> "@" + ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    };
  }

  private void tell(Queue queue, List<Request> requests) {
    long soonest = Long.MAX_VALUE;
    for (Request request : requests) {
      for (NewMessage message : request.entries()) {
        soonest = Math.min(soonest, delay(message.due()));
        Duration timeToLive = message.timeToLive();
        if (timeToLive != null) {
          long end = delay(message.due()) + MessageFields.micros(timeToLive);
          stirred.stirred(queue, end);
        }
      }
    }
    stirred.stirred(queue, soonest);
  }

  // A moment is looked at early, rather than by a clock that is not the server's
  private static long delay(Due due) {
    return switch (due) {
      case Due.After(var delay) -> MessageFields.micros(delay);
      case Due.At _ -> 0;
    };
  }

  private static List<List<SendOutcome>> outcomes(Response answer, List<Request> requests) {
    boolean gone = answer.get(0).toString().equals("gone");
    List<List<SendOutcome>> all = new ArrayList<>(requests.size());
    int next = 1;
    for (Request request : requests) {
      List<SendOutcome> outcomes = new ArrayList<>(request.messages());
      for (NewMessage message : request.entries()) {
        outcomes.add(
            gone
                ? new SendOutcome.QueueChanged()
                : outcome(message.id(), answer.get(next++).toString()));
      }
      all.add(outcomes);
    }
    return all;
  }

  private static SendOutcome outcome(MessageId id, String word) {
    return switch (word.charAt(0)) {
      case 's' -> new SendOutcome.Stored(id);
      case 'd' -> new SendOutcome.Duplicate(MessageId.parse(word.substring(1)));
      case 'c' -> new SendOutcome.Conflict(MessageId.parse(word.substring(1)));
      case 'e' -> new SendOutcome.Duplicate(id);
      default -> new SendOutcome.IdTaken();
    };
  }
}
