package io.posthaste.store;

import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.message.MessageId;
import io.posthaste.queue.DeadLetterClass;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A filter as SQL: eight parameters, each absent or to be met. */
public final class DeadLetterSql {
  /** A condition on {@code dead_letter d}; parameters $1 to $8 are those of {@link #parameters}. */
  public static final String MATCHES =
      """
      ($1::text IS NULL OR d.queue = $1) AND ($2::text IS NULL OR d.class = $2)
        AND ($3::text IS NULL OR strpos(lower(d.reason), lower($3)) > 0)
        AND ($4::text IS NULL OR d.type = $4) AND ($5::int IS NULL OR d.attempts = $5)
        AND ($6::timestamptz IS NULL OR d.died_at >= $6)
        AND ($7::timestamptz IS NULL OR d.died_at < $7)
        AND ($8::uuid[] IS NULL OR d.id = ANY ($8))\
      """;

  private DeadLetterSql() {}

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
