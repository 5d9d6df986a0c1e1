package io.posthaste.firing;

import io.posthaste.message.MessageId;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.outbox.OutboxEntry;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import io.posthaste.schedule.Occurrence;
import io.posthaste.scheduling.OccurrenceId;
import io.posthaste.scheduling.Placeholders;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Turns occurrences into messages, in their queues or on their way there, as part of a step's
 * transaction. In statements of bounded size.
 */
final class OccurrenceSend {
  private static final int MOST = 1000;
  private static final int MOST_BYTES = 8 * 1024 * 1024;

  private final LocalMessages local;
  private final Outbox outbox;

  OccurrenceSend(LocalMessages local, Outbox outbox) {
    this.local = local;
    this.outbox = outbox;
  }

  private record Sending(Turn turn, Occurrence occurrence, Loaded loaded, Queue target) {}

  /**
   * What was sent.
   *
   * @param refused those whose queue was found to be gone
   * @param afterCommit to be run once the transaction is committed
   */
  record Sent(Set<Turn> refused, List<Runnable> afterCommit) {}

  Future<Sent> run(SqlConnection connection, List<Turn> turns, Instant now) {
    List<Sending> all = new ArrayList<>();
    for (Turn turn : turns) {
      Loaded loaded = turn.loaded;
      Queue target = turn.target;
      if (loaded != null && target != null) {
        turn.fire().forEach(it -> all.add(new Sending(turn, it, loaded, target)));
      }
    }
    List<Sending> here = all.stream().filter(this::isHere).toList();
    List<Sending> elsewhere = all.stream().filter(it -> !isHere(it)).toList();
    Sent sent = new Sent(new HashSet<>(), new ArrayList<>());
    return send(connection, here, now, sent, local::add)
        .compose(_ -> send(connection, elsewhere, now, sent, outbox::add))
        .map(sent);
  }

  private boolean isHere(Sending sending) {
    return sending.target().provider().equals(local.provider());
  }

  private interface Place {
    Future<Outbox.Added> add(SqlConnection connection, List<OutboxEntry> entries);
  }

  private static Future<?> send(
      SqlConnection connection, List<Sending> all, Instant now, Sent sent, Place place) {
    Future<?> done = Future.succeededFuture();
    for (List<Sending> chunk : chunks(all)) {
      // Rendered only when it is its turn
      done =
          done.compose(
              _ ->
                  place
                      .add(connection, chunk.stream().map(entry(now)).toList())
                      .onSuccess(added -> note(chunk, added, sent)));
    }
    return done;
  }

  private static Function<Sending, OutboxEntry> entry(Instant now) {
    return it -> {
      MessageId id = OccurrenceId.of(it.turn().schedule, it.occurrence().planned());
      Placeholders values =
          new Placeholders(
              it.loaded().name(),
              it.occurrence().number(),
              it.occurrence().planned(),
              now,
              it.loaded().definition().timetable().zone());
      return OutboxEntry.first(it.target(), it.loaded().definition().message().render(id, values));
    };
  }

  private static void note(List<Sending> chunk, Outbox.Added added, Sent sent) {
    sent.afterCommit().add(added.afterCommit());
    for (int i = 0; i < chunk.size(); i++) {
      if (!(added.outcomes().get(i) instanceof SendOutcome.Stored)) {
        sent.refused().add(chunk.get(i).turn());
      }
    }
  }

  private static List<List<Sending>> chunks(List<Sending> all) {
    List<List<Sending>> chunks = new ArrayList<>();
    List<Sending> chunk = new ArrayList<>();
    long bytes = 0;
    for (Sending sending : all) {
      int size = sending.turn().size;
      if (chunk.size() == MOST || !chunk.isEmpty() && bytes + size > MOST_BYTES) {
        chunks.add(chunk);
        chunk = new ArrayList<>();
        bytes = 0;
      }
      chunk.add(sending);
      bytes += size;
    }
    if (!chunk.isEmpty()) {
      chunks.add(chunk);
    }
    return chunks;
  }
}
