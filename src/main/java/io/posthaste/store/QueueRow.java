package io.posthaste.store;

import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Ordering;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.RetryPolicy;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A queue's definition as a row. */
final class QueueRow {
  static final String COLUMNS =
      """
      id, name, provider, created_at, changed_at, lease_us, max_attempts, retention_us, on_expiry, \
      ordering, deduplication_window_us, max_message_size, retry_strategy, retry_initial_us, \
      retry_max_us, retry_multiplier, retry_jitter, retry_delays_us\
      """;

  static final String POLICY_COLUMNS =
      """
      lease_us, max_attempts, retention_us, on_expiry, ordering, deduplication_window_us, \
      max_message_size, retry_strategy, retry_initial_us, retry_max_us, retry_multiplier, \
      retry_jitter, retry_delays_us\
      """;

  private QueueRow() {}

  static Queue read(Row row) {
    return new Queue(
        row.getInteger(0),
        new QueueName(row.getString(1)),
        row.getString(2),
        policy(row),
        row.getOffsetDateTime(3).toInstant(),
        row.getOffsetDateTime(4).toInstant());
  }

  private static QueuePolicy policy(Row row) {
    return new QueuePolicy(
        duration(row.getLong(5)),
        row.getInteger(6),
        retry(row),
        duration(row.getLong(7)),
        row.getString(8).equals("drop") ? OnExpiry.DROP : OnExpiry.DEAD_LETTER,
        row.getString(9).equals("group") ? Ordering.GROUP : Ordering.NONE,
        duration(row.getLong(10)),
        row.getInteger(11));
  }

  private static RetryPolicy retry(Row row) {
    String strategy = row.getString(12);
    return switch (strategy) {
      case "none" -> new RetryPolicy.None();
      case "fixed" -> new RetryPolicy.Fixed(duration(row.getLong(13)), row.getDouble(16));
      case "linear" ->
          new RetryPolicy.Linear(
              duration(row.getLong(13)), duration(row.getLong(14)), row.getDouble(16));
      case "exponential" ->
          new RetryPolicy.Exponential(
              duration(row.getLong(13)),
              duration(row.getLong(14)),
              row.getDouble(15),
              row.getDouble(16));
      case "list" ->
          new RetryPolicy.Listed(
              Arrays.stream(row.getArrayOfLongs(17)).map(QueueRow::duration).toList(),
              row.getDouble(16));
      default -> throw new IllegalStateException("unknown retry strategy " + strategy);
    };
  }

  /** The thirteen values of {@link #POLICY_COLUMNS} behind those that are there. */
  static Tuple add(Tuple tuple, QueuePolicy policy) {
    tuple
        .addLong(micros(policy.lease()))
        .addInteger(policy.maxAttempts())
        .addLong(micros(policy.retention()))
        .addString(policy.onExpiry() == OnExpiry.DROP ? "drop" : "dead-letter")
        .addString(policy.ordering() == Ordering.GROUP ? "group" : "none")
        .addLong(micros(policy.deduplicationWindow()))
        .addInteger(policy.maxMessageSize());
    return switch (policy.retry()) {
      case RetryPolicy.None() -> retry(tuple, "none", null, null, null, 0, List.of());
      case RetryPolicy.Fixed(var initial, var jitter) ->
          retry(tuple, "fixed", initial, null, null, jitter, List.of());
      case RetryPolicy.Linear(var initial, var max, var jitter) ->
          retry(tuple, "linear", initial, max, null, jitter, List.of());
      case RetryPolicy.Exponential(var initial, var max, var multiplier, var jitter) ->
          retry(tuple, "exponential", initial, max, multiplier, jitter, List.of());
      case RetryPolicy.Listed(var delays, var jitter) ->
          retry(tuple, "list", null, null, null, jitter, delays);
    };
  }

  private static Tuple retry(
      Tuple tuple,
      String strategy,
      @Nullable Duration initial,
      @Nullable Duration max,
      @Nullable Double multiplier,
      double jitter,
      List<Duration> delays) {
    return tuple
        .addString(strategy)
        .addValue(initial == null ? null : micros(initial))
        .addValue(max == null ? null : micros(max))
        .addValue(multiplier)
        .addDouble(jitter)
        .addValue(
            delays.isEmpty() ? null : delays.stream().map(QueueRow::micros).toArray(Long[]::new));
  }

  private static Duration duration(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  private static long micros(Duration duration) {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1000);
  }
}
