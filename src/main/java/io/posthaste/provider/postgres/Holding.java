package io.posthaste.provider.postgres;

import io.posthaste.store.StoreClock;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The part that every settlement begins with: lock the leases, see which of the messages they still
 * hold, and take those out. A lease left empty goes away.
 *
 * <p>The lock makes fencing exact. A statement that waited for it sees the lease as the winner left
 * it: without the message, and then the receipt is worthless.
 */
final class Holding {
  /**
   * Leases are found by id alone, and asked for their end afterwards: a plan that took the index on
   * the end would walk over every lease there is.
   *
   * <p>Parameters $1 to $4 are those of {@link #parameters}, $5 the clock.
   */
  static final String HELD =
      """
      asked AS (SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[]) AS a(queue, lease, message)),
      found AS MATERIALIZED (
        SELECT l.id, l.queue, l.messages, l.until FROM lease l
        WHERE l.id = ANY ($4::uuid[]) ORDER BY l.id FOR UPDATE),
      held AS (SELECT * FROM found WHERE until > coalesce($5::timestamptz, now())),
      settled AS MATERIALIZED (
        SELECT DISTINCT h.id AS lease, a.message FROM asked a
        JOIN held h ON h.id = a.lease AND h.queue = a.queue
        WHERE a.message = ANY (h.messages))\
      """;

  /** Goes behind {@link #HELD}. */
  static final String TAKEN_OUT =
      """
      rest AS MATERIALIZED (
        SELECT h.id, ARRAY(SELECT m FROM unnest(h.messages) AS m WHERE NOT EXISTS (
          SELECT FROM settled s WHERE s.lease = h.id AND s.message = m)) AS messages
        FROM held h),
      emptied AS (
        DELETE FROM lease WHERE id = ANY (ARRAY(SELECT id FROM rest WHERE messages = '{}'))),
      shortened AS (
        UPDATE lease l SET messages = r.messages, confirm_by = NULL FROM rest r
        WHERE l.id = r.id AND r.messages <> '{}' AND r.messages <> l.messages)\
      """;

  private Holding() {}

  static Tuple parameters(List<SettleRequest> requests, StoreClock clock) {
    int size = requests.stream().mapToInt(SettleRequest::messages).sum();
    Integer[] queues = new Integer[size];
    UUID[] leases = new UUID[size];
    UUID[] messages = new UUID[size];
    Set<UUID> distinct = new HashSet<>();
    int i = 0;
    for (SettleRequest request : requests) {
      Integer queue = request.queue().id();
      for (PostgresReceipt receipt : request.receipts()) {
        queues[i] = queue;
        leases[i] = receipt.lease();
        messages[i++] = receipt.message();
        distinct.add(receipt.lease());
      }
    }
    return Tuple.tuple()
        .addValue(queues)
        .addValue(leases)
        .addValue(messages)
        .addValue(distinct.toArray(UUID[]::new))
        .addValue(clock.override());
  }
}
