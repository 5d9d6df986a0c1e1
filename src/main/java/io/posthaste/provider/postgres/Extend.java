package io.posthaste.provider.postgres;

import io.posthaste.queue.Settlement;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Moves the end of leases. Where only some of a lease's messages are extended, or not all to the
 * same end, each of those gets a lease of its own, see {@link PostgresReceipt#apart}; the others
 * keep their end.
 */
final class Extend {
  private static final String SQL =
      """
      WITH %s,
      longer AS (
        SELECT u.lease, u.message, u.apart,
          coalesce($5::timestamptz, now()) + u.us * interval '1 microsecond' AS until
        FROM unnest($2::uuid[], $3::uuid[], $6::uuid[], $7::bigint[]) AS u(lease, message, apart, us)),
      whole AS MATERIALIZED (
        SELECT s.lease FROM settled s JOIN held h ON h.id = s.lease JOIN longer USING (lease, message)
        GROUP BY s.lease, h.messages
        HAVING count(DISTINCT s.message) = cardinality(h.messages) AND min(longer.until) = max(longer.until)),
      moved AS (
        UPDATE lease l SET until = w.until, confirm_by = NULL
        FROM (SELECT u.lease, min(u.until) AS until FROM longer u JOIN whole USING (lease)
          GROUP BY u.lease) w
        WHERE l.id = w.lease),
      split AS MATERIALIZED (
        SELECT s.lease, s.message FROM settled s WHERE s.lease NOT IN (SELECT lease FROM whole)),
      shortened AS (
        UPDATE lease l SET messages = ARRAY(SELECT m FROM unnest(l.messages) AS m
          WHERE m NOT IN (SELECT message FROM split WHERE split.lease = l.id)),
          confirm_by = NULL
        WHERE l.id IN (SELECT lease FROM split)),
      parted AS (
        INSERT INTO lease (id, queue, until, messages)
        SELECT u.apart, min(h.queue), max(u.until), ARRAY[u.message]
        FROM split JOIN longer u USING (lease, message) JOIN held h ON h.id = split.lease
        GROUP BY u.apart, u.message)
      SELECT lease, message FROM settled
      """
          .formatted(Holding.HELD);

  private final Pool pool;
  private final StoreClock clock;

  Extend(Pool pool, StoreClock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  Future<List<Set<PostgresReceipt>>> run(List<SettleRequest> requests) {
    Tuple parameters = Holding.parameters(requests, clock);
    List<UUID> apart = new ArrayList<>();
    List<Long> micros = new ArrayList<>();
    for (SettleRequest request : requests) {
      for (int i = 0; i < request.messages(); i++) {
        apart.add(request.receipts().get(i).apart().lease());
        micros.add(
            request.settlements().get(i) instanceof Settlement.Extend(var _, var lease)
                ? Micros.of(lease)
                : 0L);
      }
    }
    parameters.addValue(apart.toArray(UUID[]::new)).addValue(micros.toArray(Long[]::new));
    return pool.preparedQuery(SQL)
        .execute(parameters)
        .map(
            rows -> {
              Set<PostgresReceipt> good = HashSet.newHashSet(rows.size());
              rows.forEach(row -> good.add(new PostgresReceipt(row.getUUID(0), row.getUUID(1))));
              return requests.stream().map(_ -> good).toList();
            });
  }
}
