package io.posthaste.provider.postgres;

import io.posthaste.queue.SendOutcome;
import io.posthaste.store.MessageColumns;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Tells a message that is stored already, and is sent again, from another one with its id. Only
 * where ids come from senders does either happen.
 */
final class TakenIds {
  private static final String FIND =
      "SELECT id, queue, payload FROM message WHERE id = ANY ($1::uuid[])";

  private static final String CONSTRAINT = "message_pkey";

  private final Pool pool;

  TakenIds(Pool pool) {
    this.pool = pool;
  }

  /** What is stored under an id. */
  record Stored(int queue, byte[] payload) {
    SendOutcome outcome(MessageColumns.Entry entry) {
      return entry.queue().id() == queue
              && Arrays.equals(payload, entry.message().content().payload().bytes())
          ? new SendOutcome.Duplicate(entry.message().id())
          : new SendOutcome.IdTaken();
    }
  }

  /** Whether a statement failed because of an id. */
  static boolean areMeant(Throwable failure) {
    return failure instanceof PgException refused && CONSTRAINT.equals(refused.getConstraint());
  }

  /** Those of the entries whose ids are taken, by id. */
  Future<Map<UUID, Stored>> find(List<MessageColumns.Entry> entries) {
    UUID[] ids = entries.stream().map(entry -> entry.message().id().value()).toArray(UUID[]::new);
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(ids))
        .map(
            rows -> {
              Map<UUID, Stored> found = new HashMap<>();
              for (Row row : rows) {
                found.put(
                    row.getUUID(0), new Stored(row.getInteger(1), row.getBuffer(2).getBytes()));
              }
              return found;
            });
  }
}
