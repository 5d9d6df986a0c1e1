package io.posthaste.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What the provider whose messages lie in this database does within a transaction of somebody
 * else's.
 */
public interface LocalMessages {
  /** The provider's name. */
  String provider();

  /** Stores messages in its queues; a row that cannot be stored fails the transaction. */
  Future<Outbox.Added> add(SqlConnection transaction, List<OutboxEntry> entries);

  /** Those of the given messages that are not settled: neither acked, nor dead, nor removed. */
  Future<Set<UUID>> unsettled(SqlConnection transaction, Collection<UUID> messages);
}
