package io.posthaste.store;

import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.message.MessageId;
import io.posthaste.queue.DeadLetterClass;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A filter as SQL: eight parameters, each absent or to be met.
 *
 * <p>The text says which of them are there. One text for all, with {@code $1 IS NULL OR …}, would
 * have one plan for all, and that could use no index.
 */
public final class DeadLetterSql {
  private static final List<String> CONDITIONS =
      List.of(
          "d.queue = $1::text",
          "d.class = $2::text",
          "strpos(lower(d.reason), lower($3::text)) > 0",
          "d.type = $4::text",
          "d.attempts = $5::int",
          "d.died_at >= $6::timestamptz",
          "d.died_at < $7::timestamptz",
          "d.id = ANY ($8::uuid[])");

  // A parameter must be named with its type even where it is absent
  private static final List<String> ABSENT =
      List.of(
          "$1::text IS NULL",
          "$2::text IS NULL",
          "$3::text IS NULL",
          "$4::text IS NULL",
          "$5::int IS NULL",
          "$6::timestamptz IS NULL",
          "$7::timestamptz IS NULL",
          "$8::uuid[] IS NULL");

  private DeadLetterSql() {}

  /** A condition on {@code dead_letter d}; the first eight are those of {@link #parameters}. */
  public static String matches(Tuple parameters) {
    StringJoiner all = new StringJoiner(" AND ");
    for (int i = 0; i < CONDITIONS.size(); i++) {
      all.add((parameters.getValue(i) == null ? ABSENT : CONDITIONS).get(i));
    }
    return all.toString();
  }

  /** The eight parameters; more may be added behind them. */
  public static Tuple parameters(DeadLetterFilter filter) {
    return Tuple.tuple()
        .addValue(filter.queue().orElse(null))
        .addValue(filter.deadLetterClass().map(DeadLetterClass::code).orElse(null))
        .addValue(filter.reason().orElse(null))
        .addValue(filter.type().orElse(null))
        .addValue(filter.attempts().orElse(null))
        .addValue(moment(filter.from()))
        .addValue(moment(filter.to()))
        .addValue(
            filter.ids().isEmpty()
                ? null
                : filter.ids().stream().map(MessageId::value).toArray(UUID[]::new));
  }

  private static @Nullable OffsetDateTime moment(Optional<Instant> instant) {
    return instant.map(it -> it.atOffset(ZoneOffset.UTC)).orElse(null);
  }
}
